import Foundation
import Glibc
import MartletCore
import MartletStore

/// A ledger of a machine in a file that all runners of a user share, under a lock between processes.
package struct FileLedger: MachineLedger {
    private let path: String
    private let total: Resources
    private let project: String
    /// This process, so that it is not taken for a later one of the same number.
    private let runner: String

    /// - Parameters:
    ///   - project: whose steps these are.
    ///   - total: what the machine has.
    ///   - folder: of the file; by default one of this user's, that is gone when the machine begins anew.
    /// - Throws: `storage`, also where the folder is somebody else's.
    package init(project: String, total: Resources, folder: String? = nil) throws {
        let folder = folder ?? Self.usualFolder
        try Directory.create(folder)
        var status = stat()
        guard lstat(folder, &status) == 0, status.st_uid == geteuid(), status.st_mode & 0o022 == 0 else {
            throw MartletError(.storage, "'\(folder)' is not this user's alone; remove it, or set XDG_RUNTIME_DIR")
        }
        path = "\(folder)/ledger"
        self.total = total
        self.project = project
        runner = "\(getpid()) \(Self.startTicks(getpid()) ?? 0)"
    }

    private static var usualFolder: String {
        let runtime = ProcessInfo.processInfo.environment["XDG_RUNTIME_DIR"] ?? ""
        return runtime.isEmpty ? "/tmp/martlet-\(geteuid())" : "\(runtime)/martlet"
    }

    package func claim(_ resources: Resources, for step: String) async -> Bool {
        let entry = FairShare.Entry(runner: runner, project: project, step: step, resources: resources, at: .now)
        // A ledger that cannot be written keeps nobody from working.
        return (try? change { $0.claim(entry, of: total) }) ?? true
    }

    package func giveBack(_ resources: Resources, for step: String) async {
        try? change { $0.giveBack(runner: runner, step: step) }
    }

    private func change<Value>(_ change: (inout FairShare) -> Value) throws -> Value {
        let file = try OpenFile(path, O_RDWR | O_CREAT)
        guard flock(file.descriptor, LOCK_EX) == 0 else { throw MartletError.io("lock", path, errno: errno) }
        var share = FairShare(stored: try file.read(at: 0, countMax: try file.sizeBytes()))
        share.clean(now: .now) { Self.isAlive($0) }
        let value = change(&share)
        let bytes = Array(share.stored.canonicalText.utf8)
        try bytes.withUnsafeBytes { try file.write($0, at: 0) }
        try file.truncate(to: bytes.count)
        return value
    }

    private static func isAlive(_ runner: String) -> Bool {
        let parts = runner.split(separator: " ")
        guard parts.count == 2, let pid = Int32(parts[0]), let ticks = startTicks(pid) else { return false }
        return "\(ticks)" == parts[1]
    }

    /// When a process began; `nil` where there is none.
    private static func startTicks(_ pid: Int32) -> UInt64? { ProcessFiles.status(pid).map { UInt64($0.startTicks) } }
}

extension FairShare {
    /// What cannot be read is forgotten: it was cut off, and all that it says passes soon.
    fileprivate init(stored bytes: [UInt8]) {
        self.init()
        guard let json = try? JSONValue(parsing: bytes, as: "the ledger") else { return }
        claims = (json["claims"]?.array ?? []).compactMap(Entry.init(json:))
        waits = (json["waits"]?.array ?? []).compactMap(Entry.init(json:))
    }

    fileprivate var stored: JSONValue { ["claims": .array(claims.map(\.json)), "waits": .array(waits.map(\.json))] }
}

extension FairShare.Entry {
    fileprivate init?(json: JSONValue) {
        guard let runner = json["runner"]?.string, let project = json["project"]?.string, let step = json["step"]?.string else {
            return nil
        }
        self.init(
            runner: runner, project: project, step: step,
            resources: Resources(
                cores: json["cores"]?.double ?? 0, memoryBytes: json["memory"]?.int ?? 0, accelerators: Int(json["accelerators"]?.int ?? 0)),
            at: Timestamp(microseconds: json["at"]?.int ?? 0))
    }

    fileprivate var json: JSONValue {
        [
            "runner": .string(runner), "project": .string(project), "step": .string(step), "cores": .number(resources.cores),
            "memory": .integer(resources.memoryBytes), "accelerators": .integer(Int64(resources.accelerators)),
            "at": .integer(at.microseconds),
        ]
    }
}
