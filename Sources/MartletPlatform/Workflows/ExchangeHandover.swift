import MartletCore
import MartletPipeline
import MartletStore

/// Hands attempts over through a place that the nodes reach, and takes what they made into the home before it is put on record: so all that
/// a record names is here, and the place may be emptied whenever nothing runs.
struct ExchangeHandover: Handover {
    private let platform: Platform
    private let files: ProjectFiles
    private let exchange: ContentExchange
    private let trees: TreeStore

    init(_ platform: Platform, _ files: ProjectFiles, _ exchange: ContentExchange) {
        (self.platform, self.files, self.exchange) = (platform, files, exchange)
        trees = TreeStore(home: platform.home)
    }

    func send(_ attempt: StepAttempt) async throws -> Digest {
        let sources = try StepFiles(of: attempt, platform.project)
        for file in sources.files where !exchange.isSettled(file.digest) { try keep(file, attempt.id) }
        let list = try platform.put(encoding: sources)
        try await exchange.send(sources.contents(for: attempt.inputs).union([list]))
        return list
    }

    /// Keeps a file or folder as it is now, so that what is sent is what the key says.
    private func keep(_ file: RunSources.File, _ id: StepID) throws {
        guard try trees.content(file.digest) == nil else { return }
        let path = platform.project.place(file.path)
        let kept = try FilePlaces.isFolder(path) ? trees.put(folder: path) : trees.put(file: path)
        guard kept.digest == file.digest else {
            throw StepFailure(.refused, "'\(file.path)' changed since step '\(id)' was planned; run it again")
        }
    }

    func receive(_ result: AttemptResult, of attempt: StepAttempt) async throws {
        if case .success(let made) = result.result { try await exchange.fetch(Set(made.outputs.values)) }
        guard let log = result.log else { return }
        // What it said is worth less than what it made.
        try? await keepLog(log, attempt)
    }

    private func keepLog(_ log: Digest, _ attempt: StepAttempt) async throws {
        try await exchange.fetch([log])
        let logs = platform.home.logsPath(run: attempt.run)
        try Directory.create(logs)
        try trees.materialise(log, at: "\(logs)/\(CommandRunner.logName(attempt.id, attempt.number))")
    }
}
