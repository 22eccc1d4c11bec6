import ArgumentParser
import Foundation
import MartletCore
import MartletRegistry
import MartletStore

/// Fills a home with runs, as a searcher of many would find it.
struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "Fill a home with runs of three metrics and three parameters, and say what that took.")

    /// How many writes wait for a commit at once.
    private static let width = 64

    @Option(help: "The home; it is made where missing.")
    var home: String

    @Option(help: "How many runs.")
    var count = 1_000_000

    func validate() throws {
        guard (1...10_000_000).contains(count) else { throw ValidationError("--count: expected 1 to 10000000, found \(count)") }
    }

    func run() async throws {
        let home = Home(path: URL(filePath: home).standardizedFileURL.path)
        try home.prepare()
        let database = try SQLiteDatabase(path: home.trackingPath)
        let store = try await TrackingStore(database)
        let start = Clock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                if number >= Self.width { try await group.next() }
                group.addTask { try await Self.make(number, in: store) }
            }
            try await group.waitForAll()
        }
        let milliseconds = 1_000 * start.elapsed.cpu / Double(count)
        try await database.close()
        print(String(format: "%.4f ms of CPU a run", milliseconds))
    }

    private static func make(_ number: Int, in store: TrackingStore) async throws {
        var random = SplitMix64(seed: UInt64(number))
        let run = try await store.createRun(
            RunDraft(experiment: 0, name: "r\(number)", startedAt: 1_700_000_000_000 + Int64(number)))
        let metrics = ["auc", "loss", "f1"].map { LoggedMetric($0, random.unit(), at: 1, step: 0) }
        let parameters = ["a", "b", "c"].map { KeyedText($0, String(Int(10 * random.unit()))) }
        try await store.log(LogBatch(metrics: metrics, parameters: parameters), run: run.info.id)
    }
}
