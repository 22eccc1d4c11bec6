import Foundation
import Glibc
package import MartletCore
package import MartletStore

/// Makes attempts at steps that are commands: each in a fresh folder, from which its outputs are kept when it has ended well.
///
/// The folder is named by the attempt's key, so that the next runner finds what a killed one left: a command that had ended is not run
/// again, and its outputs are kept.
package struct CommandRunner: Sendable {
    /// How long killed processes of a runner that is gone may take to go too.
    static let lingerMax = Duration.seconds(30)
    /// The longest part of a file's name that comes from an instance.
    static let nameBytesMax = 150

    let home: Home
    let contents: HomeContents
    private let process: StepProcess
    /// The digest of a file or folder of the project, as it is now.
    private let digest: @Sendable (String) throws -> Digest
    /// For the job alone that this process is: its folder is no other's.
    private let job: JobFolder?
    /// Whether who asks for an attempt settles what it made.
    private let isSettledLater: Bool
    private let finished: FinishedFolders
    /// This program's variables, and those that every command has.
    private let (environment, inherited): ([String: String], [String: String])

    /// - Parameters:
    ///   - job: whose attempt it is to make; `nil` for one that makes any, of which none makes the same at the same time.
    ///   - contents: the home's, where who runs attempts settles them there; else what they made is durable when they have ended.
    package init(
        home: Home, process: StepProcess = StepProcess(), job: JobFolder? = nil, contents: HomeContents? = nil,
        digest: @escaping @Sendable (String) throws -> Digest
    ) {
        self.job = job
        isSettledLater = contents != nil
        // A command's own folder is another one than this program's.
        self.home = Home(path: URL(filePath: home.path).standardizedFileURL.path)
        finished = FinishedFolders(place: self.home.attemptsPath)
        self.contents = contents ?? HomeContents(home: home)
        self.process = process
        self.digest = digest
        environment = ProcessInfo.processInfo.environment
        inherited = InheritedVariables.passed([], of: environment)
    }

    /// Makes one attempt, to its end.
    func run(_ command: CommandWork, _ attempt: StepAttempt) async -> AttemptResult {
        let folder = job?.workPath ?? home.attemptPath(key: attempt.key)
        do {
            if try await hasEnded(folder), let span = AttemptFiles(folder: folder).span, attempt.leftovers.contains(span),
                let kept = try leftover(command, attempt, folder)
            {
                var result = AttemptResult(.success(kept))
                (result.earlierUsage, result.earlier) = (StepUsage(leftIn: folder), span)
                return result
            }
        } catch {
            return AttemptResult(.failure(StepFailure(of: error)), error: error)
        }
        do {
            try checkCode(attempt)
            try begin(folder, command, attempt)
        } catch {
            return AttemptResult(.failure(attempt.failure(beforeItBegan: error)), error: error)
        }
        let started = stepCommand(command, attempt, folder)
        let result = await process.run(started) { attempt.report($0.share, $0.message) }
        var hasFailed = true
        defer {
            keepLog(folder, attempt)
            // What says that it ended well must not be found by the next attempt.
            if hasFailed { try? Self.remove(folder) }
        }
        do {
            if var failure = result.failure {
                if !result.lastWords.isEmpty, failure.kind != .cancelled { failure = failure.adding(lastWords: result.lastWords) }
                return AttemptResult(.failure(failure.hiding(started.secrets)), usage: result.usage)
            }
            try checkInputs(attempt)
            let kept = try keep(command, attempt, folder)
            hasFailed = false
            return AttemptResult(.success(kept), usage: result.usage)
        } catch let error as MartletError where job == nil && [.storage, .full].contains(error.code) {
            // The work is done: the next attempt keeps it, and runs nothing again. No other job comes to a job's folder.
            hasFailed = false
            let message = "\(error.message); the step had ended well, and what it made waits for its next attempt"
            return AttemptResult(.failure(StepFailure(.exit, message)), usage: result.usage, error: MartletError(error.code, message))
        } catch {
            return AttemptResult(.failure(StepFailure(of: error)), usage: result.usage, error: error)
        }
    }

    /// What a command made that ended well and of which nobody heard; `nil` where that is not whole, so that it is run again.
    private func leftover(_ command: CommandWork, _ attempt: StepAttempt, _ folder: String) throws -> StepResult? {
        do {
            try checkInputs(attempt)
            let kept = try keep(command, attempt, folder)
            keepLog(folder, attempt)
            return kept
        } catch let failure as StepFailure {
            guard attempt.step.policy.isOnceOnly else { return nil }
            // It ran, and must not begin again by itself: its attempt stays unsettled.
            try Self.remove(folder)
            throw failure
        } catch let error as MartletError where job == nil && [.storage, .full].contains(error.code) {
            throw MartletError(
                error.code,
                "\(error.message); what step '\(attempt.id)' made waits in '\(folder)': mend that, or have it made again with "
                    + "'martlet run --force \(attempt.id.step)'")
        }
    }

    /// Whether outputs of a command that ended well wait to be kept.
    package func hasLeftover(_ key: Digest) -> Bool { StepLeftover(in: home.attemptPath(key: key)) == .ended(status: 0) }

    /// Whether an earlier attempt ended well. What runs of one is ended: who comes here has the key for itself, so its runner is gone.
    private func hasEnded(_ folder: String) async throws -> Bool {
        switch await StepLeftover.ended(in: folder, atMost: Self.lingerMax) {
        case .ended(let status): return status == 0
        case .unknown: return false
        case .running:
            try Task.checkCancellation()
            throw StepFailure(.start, "processes of an earlier attempt are still at work in '\(folder)', and cannot be killed; stop them")
        }
    }

    // MARK: Before

    private func begin(_ folder: String, _ command: CommandWork, _ attempt: StepAttempt) throws {
        try Self.remove(folder)
        let (files, checkpoint) = (AttemptFiles(folder: folder), home.checkpointPath(key: attempt.key))
        let inputs = Set(attempt.inputs.keys).subtracting(attempt.step.paths.keys)
        finished.give(attempt: folder, inputs: inputs, checkpoint: checkpoint)
        for part in [folder, files.inputs, files.outputs, checkpoint] { try Self.make(part) }
        for (name, input) in attempt.inputs.sorted(by: { $0.key < $1.key }) where attempt.step.paths[name] == nil {
            try put(input, at: "\(files.inputs)/\(name)", as: command.inputNames[name] ?? name)
        }
        let description = description(command, attempt, folder)
        try AttemptNote.write(Array(description.prettyText.utf8), to: files.description)
    }

    private func put(_ input: InputContent, at folder: String, as name: String) throws {
        try Self.make(folder)
        switch input {
        case .one(let digest): try contents.materialise(digest, at: "\(folder)/\(Self.base(name))")
        case .many(let parts):
            let ending = name.hasSuffix("/") ? "" : name.lastIndex(of: ".").map { String(name[$0...]) } ?? ""
            for (partition, digest) in parts {
                try contents.materialise(digest, at: "\(folder)/\(Self.fileName(partition))\(ending)")
            }
        }
    }

    private static func base(_ name: String) -> String { name.hasSuffix("/") ? String(name.dropLast()) : name }

    /// An instance as the name of a file.
    static func fileName(_ partition: StepPartition) -> String {
        let text = partition.description
        let safe = String(text.map { $0.isLetter || $0.isNumber || "=-_.,+".contains($0) ? $0 : "_" })
        guard safe != text || safe.hasPrefix(".") || safe.utf8.count > nameBytesMax else { return safe }
        return "\(String(decoding: safe.utf8.prefix(100), as: UTF8.self))-\(Digest(of: text).short)"
    }

    private func stepCommand(_ command: CommandWork, _ attempt: StepAttempt, _ folder: String) -> StepCommand {
        let secrets = environment.filter { command.secrets.contains($0.key) }
        var variables = inherited.merging(InheritedVariables.passed(Set(command.secrets), of: secrets)) { $1 }
        variables.merge(command.environment) { $1 }
        variables.merge(paths(command, attempt, folder)) { $1 }
        variables.merge(attempt.id.partition.values) { $1 }
        for (name, value) in attempt.step.parameters.object ?? [:] { variables[name] = value.string ?? value.canonicalText }
        variables["MARTLET_STEP"] = AttemptFiles(folder: folder).description
        variables["MARTLET_RUN"] = attempt.run
        variables["MARTLET_ATTEMPT"] = "\(attempt.number)"
        variables["MARTLET_CHECKPOINT"] = home.checkpointPath(key: attempt.key)
        var limits = StepLimits()
        limits.time = attempt.step.policy.timeLimit
        limits.heartbeat = attempt.step.policy.heartbeat
        limits.memoryBytes = attempt.step.demand.memoryBytes.map { Int($0) }
        let program: StepCommand.Program =
            switch command.words {
            case .shell(let text): .shell(text)
            case .words(let words): .words(words)
            }
        return StepCommand(
            step: attempt.id.description, program: program, folder: command.folder, attemptFolder: folder, environment: variables,
            secrets: command.secrets.compactMap { variables[$0] }, limits: limits)
    }

    /// Where the command finds its inputs and puts its outputs, by name.
    private func paths(_ command: CommandWork, _ attempt: StepAttempt, _ folder: String) -> [String: String] {
        var paths = attempt.step.paths
        for (name, input) in attempt.inputs where attempt.step.paths[name] == nil {
            let place = "\(AttemptFiles(folder: folder).inputs)/\(name)"
            if case .one = input { paths[name] = "\(place)/\(Self.base(command.inputNames[name] ?? name))" } else { paths[name] = place }
        }
        for (name, file) in command.outputs { paths[name] = "\(AttemptFiles(folder: folder).outputs)/\(Self.base(file))" }
        return paths
    }

    private func description(_ command: CommandWork, _ attempt: StepAttempt, _ folder: String) -> JSONValue {
        let paths = paths(command, attempt, folder)
        func chosen(_ names: some Sequence<String>) -> JSONValue {
            .object(Dictionary(uniqueKeysWithValues: names.compactMap { name in paths[name].map { (name, .string($0)) } }))
        }
        return [
            "step": .string(attempt.id.step), "instance": .object(attempt.id.partition.values.mapValues(JSONValue.string)),
            "run": .string(attempt.run), "attempt": .integer(Int64(attempt.number)), "key": .string(attempt.key.description),
            "inputs": chosen(attempt.inputs.keys), "outputs": chosen(command.outputs.keys), "parameters": attempt.step.parameters,
            "checkpoint": .string(home.checkpointPath(key: attempt.key)),
        ]
    }

    // MARK: After

    /// What runs must be what the key says: an earlier step may have taken long, and somebody may have edited meanwhile.
    private func checkCode(_ attempt: StepAttempt) throws {
        for (path, expected) in attempt.step.codePaths.sorted(by: { $0.key < $1.key }) {
            guard try digest(path) == expected else {
                throw StepFailure(.refused, "the code '\(path)' changed since step '\(attempt.id)' was planned; run it again")
            }
        }
    }

    /// What it read must be what its key says.
    private func checkInputs(_ attempt: StepAttempt) throws {
        try checkCode(attempt)
        for (name, path) in attempt.step.paths.sorted(by: { $0.key < $1.key }) {
            guard case .one(let expected)? = attempt.inputs[name] else { continue }
            guard try digest(path) == expected else {
                throw StepFailure(.refused, "the input '\(name)' ('\(path)') changed while step '\(attempt.id)' read it; run it again")
            }
        }
    }

    private func keep(_ command: CommandWork, _ attempt: StepAttempt, _ folder: String) throws -> StepResult {
        var outputs: [String: Digest] = [:]
        var sizes: [String: JSONValue] = [:]
        var staged: [StagedFile] = []
        for (name, file) in command.outputs.sorted(by: { $0.key < $1.key }) {
            let path = "\(AttemptFiles(folder: folder).outputs)/\(Self.base(file))"
            let isFolder = file.hasSuffix("/")
            guard let kind = Directory.kind(of: path), kind == (isFolder ? S_IFDIR : S_IFREG) else {
                throw StepFailure(
                    .output,
                    "step '\(attempt.id)' ended well and made no \(isFolder ? "folder" : "file") for its output '\(name)'; write it to the path "
                        + "that the variable '\(name)' holds")
            }
            let content: KeptContent
            if isFolder {
                content = try contents.trees.put(folder: path)
            } else if isSettledLater {
                let file = try contents.trees.stage(taking: path)
                staged.append(file)
                content = file.content
            } else {
                content = try contents.trees.put(file: path)
            }
            outputs[name] = content.digest
            sizes[name] = .integer(Int64(content.sizeBytes))
        }
        // What a failed attempt made goes with its folder, and must not stand for equal content of others.
        contents.add(staged)
        return StepResult(outputs: outputs, summary: sizes.isEmpty ? [:] : ["bytes": .object(sizes)])
    }

    /// The log stays, under the run; the rest of the folder goes when the attempt is on record.
    private func keepLog(_ folder: String, _ attempt: StepAttempt) {
        let logs = home.logsPath(run: attempt.run)
        let files = AttemptFiles(folder: folder)
        // A log that cannot be moved is no reason to throw the work away; it is still in the attempt's folder.
        guard (try? Self.make(logs)) != nil else { return }
        _ = link(files.log, "\(logs)/\(Self.logName(attempt.id, attempt.number))")
    }

    /// The file of an attempt's log among those of its run.
    package static func logName(_ id: StepID, _ number: Int) -> String {
        let name = id.partition.isWhole ? StepPartition(["": id.step]) : StepPartition(["": "\(id.step)[\(id.partition)]"])
        return "\(fileName(name).dropFirst()).\(number).log"
    }

    /// Empties what is not needed any more once an attempt is on record, for the next ones.
    func clean(_ key: Digest) { finished.add(attempt: home.attemptPath(key: key), checkpoint: home.checkpointPath(key: key)) }

    /// Removes what waits for next ones.
    func tidy() { finished.remove() }

    /// Makes a folder whose name need not survive a loss of power: what is in it is then made again.
    private static func make(_ path: String) throws {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT else { throw MartletError.io("create the folder", path, errno: errno) }
        try make(Directory.parent(of: path))
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw MartletError.io("create the folder", path, errno: errno) }
    }

    private static func remove(_ path: String) throws {
        guard Directory.kind(of: path) != nil else { return }
        try FileManager.default.removeItem(atPath: path)
    }
}

extension StepFailure {
    /// The same with what the command said last.
    fileprivate func adding(lastWords: String) -> StepFailure {
        let line = lastWords.split(whereSeparator: \.isNewline).reversed().lazy.map(\.plain).first { !$0.isEmpty } ?? ""
        return line.isEmpty ? self : StepFailure(kind, "\(message); it said last: \(line.prefix(300))")
    }

    /// The same without secrets.
    fileprivate func hiding(_ secrets: [String]) -> StepFailure {
        secrets.isEmpty ? self : StepFailure(kind, SecretRedactor(SecretForms.patterns(of: secrets)).redacted(message))
    }
}
