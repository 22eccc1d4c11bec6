import Foundation
import MartletCore
package import MartletPipeline
package import MartletStore

/// A node that shares no folder with the runner: files come and go through a place that both reach, and words through the records.
extension ClusterNode {
    /// Makes the attempt that a job is for, and tells its runner what came of it once all that it made is in the place.
    /// - Parameters:
    ///   - home: of this node alone. It is a memory of what was brought here before.
    ///   - database: where the records are.
    /// - Throws: `conflict` where there is nothing to do any more; then nobody is told anything.
    package static func run(
        job name: String, home: Home, database url: String?, through place: any ObjectPlace
    ) async throws -> AttemptResult {
        guard let url, !url.isEmpty else {
            throw MartletError(
                .invalidInput, "the records' database is not known: set MARTLET_DATABASE_URL in the environment of 'ray start'")
        }
        try home.prepare()
        let exchange = ContentExchange(home, with: place)
        let order = try await withDatabase(home, url) { database in
            try await StepWorker(JobRecords(database).job(name), records: PipelineStore(database)).begin()
        }
        let result = await make(order, JobFolder(name, in: home), home, url, exchange)
        try await exchange.trying {
            try await withDatabase(home, url) { try await JobRecords($0).job(name).put(result) }
        }
        return result
    }

    /// Closed while the step runs: there may be many, and a database takes so many connections only.
    private static func withDatabase<Result: Sendable>(
        _ home: Home, _ url: String, _ body: (any SQLDatabase) async throws -> Result
    ) async throws -> Result {
        let database = try await home.openTracking(at: url)
        return try await closing(database.close) { try await body(database) }
    }

    private static func make(
        _ order: StepOrder, _ folder: JobFolder, _ home: Home, _ url: String, _ exchange: ContentExchange
    ) async -> AttemptResult {
        let place = "\(home.path)/attempts/\(folder.name)-project"
        defer { try? FileManager.default.removeItem(atPath: place) }
        var result: AttemptResult
        do {
            let project = try await project(of: order, at: place, home, exchange)
            result = try await make(order, of: project, home: home, database: url, in: folder)
        } catch let error as MartletError where error.code == .unavailable {
            return AttemptResult(.failure(StepFailure(.start, error.message)))
        } catch {
            return AttemptResult(.failure(StepFailure(of: error)))
        }
        result.log = await sentLog(order, home, exchange)
        guard case .success(let made) = result.result else { return result }
        do {
            try await exchange.send(Set(made.outputs.values))
        } catch {
            // As good as lost with its node: nobody else can have it.
            let failure = StepFailure(.lost, "step '\(order.id)' ended well, and what it made could not be sent from its node: \(error)")
            return AttemptResult(.failure(failure), usage: result.usage)
        }
        clean(order, folder, home)
        return result
    }

    /// Brings what the attempt needs, and makes a folder of the project's files.
    private static func project(
        of order: StepOrder, at place: String, _ home: Home, _ exchange: ContentExchange
    ) async throws -> Project {
        guard let list = order.sources else {
            throw MartletError(.invalidInput, "the order names no files of the project: use the same martlet on all machines")
        }
        try await exchange.fetch([list])
        let sources = try JSONValue(parsing: BlobStore(home: home).read(list), as: "the files of a step").decoded(as: StepFiles.self)
        try await exchange.fetch(sources.contents(for: order.inputs))
        let project = try Project.read(file: sources.put(below: place, from: TreeStore(home: home)))
        if let folder = project.steps[order.id.step]?.folder, !folder.hasPrefix("/") {
            try Directory.create(project.place(RunSources.normal(folder)))
        }
        return project
    }

    /// What the command said, for those who look at the run; `nil` where it said nothing or that cannot be sent.
    private static func sentLog(_ order: StepOrder, _ home: Home, _ exchange: ContentExchange) async -> Digest? {
        let path = "\(home.logsPath(run: order.run))/\(CommandRunner.logName(order.id, order.number))"
        defer { try? FileManager.default.removeItem(atPath: path) }
        // What it made counts also where its words are lost.
        guard let log = try? TreeStore(home: home).put(file: path), (try? await exchange.send([log.digest])) != nil else { return nil }
        return log.digest
    }

    /// What stays is removed with the node's home.
    private static func clean(_ order: StepOrder, _ folder: JobFolder, _ home: Home) {
        try? folder.remove()
        try? FileManager.default.removeItem(atPath: home.checkpointPath(key: order.key.digest))
    }
}
