import ArgumentParser
import Foundation
import MartletCore
import MartletPipeline
import MartletPlatform
import MartletRegistry
import MartletS3
import MartletStore

/// Removes what nothing refers to, and what was deleted, for good.
struct Collect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc", abstract: "Remove bytes that nothing refers to any more, and what was deleted.",
        discussion: """
            Equal files are kept once, so that deleting an artifact leaves its bytes until nothing else refers to them. Copies of \
            deployed versions stay until no name points to them or would roll back to them. With --deleted-runs, runs, logged models \
            and experiments that were deleted go for good too, as with 'mlflow gc', but for those that a version of a registered \
            model, or a deployed one, was made of.

            With --keep-runs, runs of a project's steps go as well that are older than 62 days (or --older-than, if that is more) and not \
            among the newest so many: their attempts, which 'martlet cost' tells from, their logs, and the outputs that only they had. \
            What a step made last, or a release, a younger run, a dead letter or a once-only step rests on stays with its run.

            Without --delete this only shows what would go. It may run beside a server: what is written meanwhile stays.

            EXAMPLES
              martlet gc --home tracking
              martlet gc --home tracking --delete
              martlet gc --home tracking --deleted-runs --older-than 30d --delete
              martlet gc --home .martlet --keep-runs 1000
              martlet gc --home tracking --artifacts s3://models/team
            """
    )

    @OptionGroup var options: HomeOptions

    @Option(
        help: ArgumentHelp("The bucket that keeps artifacts, as for 'martlet up'; by default $MARTLET_ARTIFACTS.", valueName: "url"))
    var artifacts: String?

    @Option(
        help: ArgumentHelp(
            "Leave what was written, or deleted, within so many hours; or days, hours, minutes, as 30d or 2d12h.", valueName: "age"))
    var olderThan = Age(hours: 24)

    @Flag(help: "Also runs, logged models and experiments that were deleted.")
    var deletedRuns = false

    @Option(
        help: ArgumentHelp(
            "Also a project's runs beyond the newest so many, with their attempts and logs, where they are older than 62 days.",
            valueName: "count"))
    var keepRuns: Int?

    @Flag(help: "Remove what is found, rather than only showing it.")
    var delete = false

    func validate() throws {
        guard (1...1_000_000).contains(keepRuns ?? 1) else {
            throw ValidationError("--keep-runs: expected 1 to 1000000, found \(keepRuns ?? 0)")
        }
    }

    func run() async throws {
        let home = try options.folder()
        let limit = Timestamp.now - olderThan.duration
        let environment = ProcessInfo.processInfo.environment
        let isProject = try home.isProject()
        guard artifacts == nil || !isProject else {
            throw MartletError(.invalidInput, "'\(home.path)' is a project's home, which keeps its artifacts itself; leave out --artifacts")
        }
        // Asked first: opening it makes the file.
        let hasAllRecords = try isProject && home.hasAllRecords()
        try await options.withDatabase { database in
            // A project does not follow the environment.
            var address = artifacts ?? (isProject ? nil : environment["MARTLET_ARTIFACTS"])
            if address == nil { address = try await ArtifactStore.contentAddress(in: database) }
            try await home.withContent(at: address, environment: environment) { content in
                try await collect(
                    in: home, content, database, isProject: isProject, isWhole: hasAllRecords && options.database == nil, before: limit)
            }
        }
    }

    /// - Parameter isWhole: whether the database refers to all that the home has, though no server has paired them.
    private func collect(
        in home: Home, _ content: any ContentStore, _ database: any SQLDatabase, isProject: Bool, isWhole: Bool, before limit: Timestamp
    ) async throws {
        let store = try await ArtifactStore(database, home: home, content: content)
        // A file that was made in the place of a lost one refers to nothing.
        let hasRuns = isWhole ? try await !PipelineStore(database).runs(limit: 1).isEmpty : false
        let isOwn = content.isClaimed || hasRuns ? true : try await store.isPaired()
        guard isOwn else {
            let hasIdentity = FileManager.default.fileExists(atPath: home.identityPath)
            throw MartletError(
                .invalidInput,
                "this database does not know what the bytes of '\(home.path)' are for; name the one that 'martlet up' serves with it "
                    + "with --database, or start that once"
                    + (hasIdentity ? ", or, where that database is lost for good, remove '\(home.identityPath)' first" : ""))
        }
        let records = try RecordStore(path: home.databasePath)
        // What a step has put is mentioned by its record only when it has ended.
        // What an import brings is not removed meanwhile.
        let locks = try delete ? ((isProject ? [home.runLockPath] : []) + [home.importLockPath]).map { try Self.lock($0) } : []
        defer { for lock in locks { lock.release() } }
        if hasRuns, try !home.hasAllRecords() {
            throw MartletError(.conflict, "'\(home.path)' was used with another database meanwhile; name that with --database")
        }
        let plan = deletedRuns ? try await removal(database, records, before: limit) : nil
        let copies = try copies(home, records, before: limit)
        let runs = try await oldRuns(home, records, database)
        let mentioned = isProject ? try await PipelineStore(database).mentionedDigests() : []
        let needed = try isProject ? ProjectBlobs.needed(records, BlobStore(home: home), also: mentioned) : []
        try records.close()
        // Only steps of projects keep content in parts.
        let parts = isProject ? try await unreferencedParts(home, database, needed: needed, before: limit) : nil
        // Lists name blobs, which only go after them.
        let inParts = try TreeStore(home: home).needsOfAll()
        let found = try await store.unreferencedBlobs(before: limit, needed: needed.union(inParts))
        let removed = delete ? try await store.collect(found, before: limit) : found
        let folders = try oldFolders(home, of: runs?.runs ?? [], before: limit)
        let report = CollectionReport(
            records: plan, runs: runs, copies: copies, blobs: removed, parts: parts, folders: folders, isRemoved: delete)
        Output.result(options.json ? report.json.prettyText : report.lines.joined(separator: "\n"))
    }

    /// Content in parts that nothing refers to.
    private func unreferencedParts(
        _ home: Home, _ database: any SQLDatabase, needed: Set<Digest>, before limit: Timestamp
    ) async throws -> CacheRemoval {
        let inventory = try await CacheInventory(home: home) {
            let referred = try await needed.union(ArtifactStore.referredDigests(in: database))
            return Dictionary(uniqueKeysWithValues: referred.map { ($0, ["a record"]) })
        }
        let removal = inventory.unreferencedParts(before: limit)
        if delete { try removal.carryOut(in: home) }
        return removal
    }

    /// Runs of the project that go by `--keep-runs`; `nil` where nobody asked for it.
    private func oldRuns(_ home: Home, _ records: RecordStore, _ database: any SQLDatabase) async throws -> RunRemoval? {
        guard let keepRuns else { return nil }
        guard let project = try home.projectName() else {
            throw MartletError(
                .invalidInput, "no project runs its steps in '\(home.path)'; leave out --keep-runs, or run 'martlet run' once")
        }
        let (store, blobs) = (try await PipelineStore(database), BlobStore(home: home))
        let needed = try await ProjectBlobs.needed(records, blobs, also: ArtifactStore.referredDigests(in: database))
        let retention = RunRetention(newestCount: keepRuns, age: olderThan.duration, now: .now)
        let removal = try await store.removal(retention, of: project, needed: needed) { digest in
            try RunManifest(json: HomeContents(home: home).json(digest))
        }
        if delete { try await store.remove(removal) }
        return removal
    }

    /// What runs left long ago, or that go now, and what attempts left in which nothing runs.
    private func oldFolders(_ home: Home, of runs: [String], before limit: Timestamp) throws -> [OldRunFolders.Folder] {
        let (old, idle) = (OldRunFolders(home: home), IdleFolders(home: home))
        let left = try old.folders(before: .now - max(OldRunFolders.ageMax, olderThan.duration))
        let logs = try runs.flatMap(old.logs).filter { !left.contains($0) }
        let unused = try idle.folders(before: limit).filter { !left.contains($0) }
        if delete {
            try old.remove(left + logs)
            try idle.remove(unused)
        }
        return left + logs + unused
    }

    /// Takes a lock on a home, and says so where others hold it.
    static func lock(_ path: String, purpose: String = "martlet gc") throws -> FileLock {
        try FileLock.acquire(
            path: path, purpose: purpose, waitAtMost: .seconds(600), onWait: { Output.error("waiting: \($0) works on this home") })
    }

    private func removal(_ database: any SQLDatabase, _ records: RecordStore, before limit: Timestamp) async throws -> RemovalPlan {
        let removal = try await RecordRemoval(database, by: options.actor)
        let plan = try await removal.plan(before: limit, deployed: ModelHome.origins(records))
        return delete ? try await removal.remove(plan) : plan
    }

    private func copies(_ home: Home, _ records: RecordStore, before limit: Timestamp) throws -> [UnusedCopy] {
        let copies = ModelCopies(home, records)
        let found = try copies.unused(before: limit)
        return delete ? try copies.remove(found, before: limit) : found
    }
}

/// A span of time as `mlflow gc` takes it, such as `2d12h`; a bare number is hours.
struct Age: ExpressibleByArgument {
    /// A hundred years.
    private static let secondsMax: Int64 = 876_000 * 3_600

    let duration: Duration
    private let text: String

    init(hours: Int) {
        duration = .seconds(hours * 3_600)
        text = String(hours)
    }

    init?(argument: String) {
        guard let match = argument.wholeMatch(of: #/(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?|(\d{1,9})/#),
            !argument.isEmpty
        else { return nil }
        let parts = [match.1, match.2, match.3, match.4, match.5].map { $0.flatMap { Int64($0) } ?? 0 }
        let seconds = zip(parts, [86_400, 3_600, 60, 1, 3_600]).reduce(Int64(0)) { $0 + $1.0 * $1.1 }
        guard seconds <= Self.secondsMax else { return nil }
        (duration, text) = (.seconds(seconds), argument)
    }

    /// As it was written.
    var defaultValueDescription: String { text }
}
