import Foundation
import Glibc
import MartletCore

/// Python environments, each made once of what models require, in a folder that keeps them.
///
/// An environment counts as there when it has its mark, which is written last: one whose making was cut off is made anew. Processes
/// that want the same one wait for the one that makes it.
struct PythonEnvironments {
    /// The most bytes of a file of requirements.
    private static let sizeMaxBytes = 1 << 20
    private static let markName = "martlet-ready"
    /// How long is waited before looking again whether another process has made an environment, in seconds.
    private static let lookSeconds = 0.2

    private let configuration: PythonConfiguration
    private let report: @Sendable (String) -> Void

    init(_ configuration: PythonConfiguration, report: @escaping @Sendable (String) -> Void) {
        self.configuration = configuration
        self.report = report
    }

    /// The interpreter of the environment for a model, which is made where it is not there.
    /// - Throws: `notFound`, `invalidInput`, `storage`, `unavailable` where it cannot be made, `expired`.
    func interpreter(forModelIn folder: String, named name: String) throws -> String {
        if let environment = configuration.environment { return try existing(environment, name) }
        let requirements = try text("\(folder)/requirements.txt")
        guard let requirements else {
            throw MartletError(
                .notFound,
                "model '\(name)': there is no requirements.txt in '\(folder)'; add it, or name an environment with python_environment")
        }
        let deadline = ContinuousClock.now + .seconds(configuration.buildSeconds)
        let base = try base(forModelIn: folder, name)
        let version = try PythonTool(base, name: name, saidMaxBytes: configuration.saidMaxBytes)
            .run(["-I", "-c", "import sys; print(sys.executable, sys.version)"], until: deadline) { _ in }
        let constraints = try text("\(folder)/constraints.txt") ?? ""
        let digest = Digest(of: .array([.string(version), .string(requirements), .string(constraints)]))
        return try made("\(configuration.environmentsFolder)/\(digest.hex.prefix(32))", base, folder, name, deadline)
    }

    private func existing(_ environment: String, _ name: String) throws -> String {
        for path in ["\(environment)/bin/python", environment] where Self.isProgram(path) { return path }
        throw MartletError(
            .notFound, "model '\(name)': python_environment '\(environment)' has no bin/python; name a folder that python -m venv made")
    }

    private static func isProgram(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.isExecutableFile(atPath: path) && FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
            && !isFolder.boolValue
    }

    private func text(_ path: String) throws -> String? { try SmallTextFile.text(of: path, sizeMaxBytes: Self.sizeMaxBytes) }
}

// MARK: - The interpreter

extension PythonEnvironments {
    /// The interpreter that the environment is made with: that of the model's own version where there is one.
    private func base(forModelIn folder: String, _ name: String) throws -> String {
        if let interpreter = configuration.interpreter {
            guard let path = Self.find(interpreter) else {
                throw MartletError(.unavailable, "model '\(name)': there is no interpreter '\(interpreter)'; name another with python")
            }
            return path
        }
        let wanted = try wantedVersion(folder).map { ["python\($0)"] } ?? []
        for candidate in wanted + ["python3"] { if let path = Self.find(candidate) { return path } }
        throw MartletError(
            .unavailable, "model '\(name)' needs Python, and there is no '\((wanted + ["python3"])[0])' in PATH; install it with its venv")
    }

    /// `3.11` of `python: 3.11.2` in `python_env.yaml`.
    private func wantedVersion(_ folder: String) throws -> String? {
        guard let text = try text("\(folder)/python_env.yaml") else { return nil }
        let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("python:") }
        let parts = line?.dropFirst(7).split(separator: ".").map { $0.filter { $0 != "'" && $0 != "\"" && $0 != " " } } ?? []
        guard parts.count >= 2, let major = Int(parts[0]), let minor = Int(parts[1]) else { return nil }
        return "\(major).\(minor)"
    }

    private static func find(_ program: String) -> String? {
        if program.contains("/") { return isProgram(program) ? program : nil }
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.map { "\($0)/\(program)" }.first(where: isProgram)
    }
}

// MARK: - Making

extension PythonEnvironments {
    private func made(
        _ place: String, _ base: String, _ folder: String, _ name: String, _ deadline: ContinuousClock.Instant
    ) throws -> String {
        let python = "\(place)/bin/python"
        if Self.isReady(place) { return python }
        try FileManager.default.createDirectory(atPath: configuration.environmentsFolder, withIntermediateDirectories: true)
        let lock = try lock("\(place).lock", name, deadline)
        defer { close(lock) }
        // Another process may have made it meanwhile.
        if Self.isReady(place) { return python }
        if FileManager.default.fileExists(atPath: place) { try FileManager.default.removeItem(atPath: place) }
        do {
            try make(place, base, folder, name, deadline)
        } catch {
            // What is left has no mark and is removed by the next attempt at the latest.
            try? FileManager.default.removeItem(atPath: place)
            throw error
        }
        return python
    }

    private static func isReady(_ place: String) -> Bool { FileManager.default.fileExists(atPath: "\(place)/\(markName)") }

    private func make(
        _ place: String, _ base: String, _ folder: String, _ name: String, _ deadline: ContinuousClock.Instant
    ) throws {
        report("model '\(name)': making the environment '\(place)' with '\(base)'")
        let builder = PythonTool(base, name: name, saidMaxBytes: configuration.saidMaxBytes)
        try builder.run(["-m", "venv", place], until: deadline, report)
        let options = ["--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
        try PythonTool(
            "\(place)/bin/python", name: name, saidMaxBytes: configuration.saidMaxBytes, folder: folder, variables: configuration.variables
        )
        .run(["-I", "-m", "pip", "install"] + options + ["-r", "requirements.txt"], until: deadline, report)
        do {
            try Data().write(to: URL(filePath: "\(place)/\(Self.markName)"), options: .atomic)
        } catch {
            throw MartletError(.storage, "the environment '\(place)' cannot be marked as made", cause: error)
        }
        report("model '\(name)': the environment is made")
    }

    /// The descriptor of a file that this process alone has locked, until it is closed.
    private func lock(_ path: String, _ name: String, _ deadline: ContinuousClock.Instant) throws -> Int32 {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw MartletError.io("open", path, errno: errno) }
        var isReported = false
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard ContinuousClock.now < deadline else {
                close(descriptor)
                throw MartletError(
                    .expired, "model '\(name)': another process has held '\(path)' for \(configuration.buildSeconds) s; raise build_seconds"
                )
            }
            if !isReported { report("model '\(name)': another process makes its environment; waiting for that") }
            isReported = true
            Thread.sleep(forTimeInterval: Self.lookSeconds)
        }
        return descriptor
    }
}
