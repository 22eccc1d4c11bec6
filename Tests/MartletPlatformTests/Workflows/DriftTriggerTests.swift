import Foundation
import MartletCore
import MartletEngines
import MartletPipeline
import MartletStore
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct DriftTriggerTests {
    /// A project with one trigger by drift, whose runs are only told of.
    private struct Bench {
        let platform: Platform
        let clock: ManualClock
        let requests = Gathering<RunRequest>()
        let heard = Gathering<String>()

        /// - Parameter clock: by default the first of May 2024.
        init(_ project: Project, home: String, _ drift: DriftSpecification, at time: Timestamp? = nil) throws {
            var project = project
            project.triggers = ["drifted": TriggerSpecification(.drift(drift), run: ["note"])]
            platform = try Platform(project: project, home: home)
            clock = ManualClock(try time ?? #require(Timestamp("2024-05-01T12:00:00Z")))
        }

        func service() throws -> PipelineService {
            try PipelineService(platform, clock: clock, runner: { [requests] in requests.add($0) }) { [heard] in
                if case .fault(let message) = $0 { heard.add(message) }
            }
        }

        /// Looks once, and runs what fired. - Returns: why it ran, for each run since the last look.
        func look() async throws -> [String?] {
            let before = requests.all.count
            let service = try service()
            try await service.notice()
            while try await service.work() {}
            clock.set(clock.now + .seconds(5))
            return requests.all.dropFirst(before).map(\.cause.reason)
        }

        var judged: DriftJudgement? {
            get async throws { try await platform.tracking().pipelines.schedules()[.trigger("drifted")]?.judged }
        }

        /// Puts a snapshot of a query's rows on record, as the step of its dataset does.
        @discardableResult
        func snapshot(_ dataset: String, _ query: String) async throws -> Digest {
            let path = "\(platform.home.temporaryPath)/\(UUID().uuidString).parquet"
            try DuckDBDatabase().connect().execute("COPY (\(query)) TO \(DuckDBConnection.quoted(literal: path)) (FORMAT parquet)")
            let digest = try platform.blobs.put(moving: path)
            let now = clock.now
            try await platform.tracking().pipelines.take([
                StepExecution(
                    id: StepID("dataset \(dataset)"), key: digest, keyParts: [:], outputs: ["snapshot": digest], startedAt: now,
                    finishedAt: now)
            ])
            return digest
        }
    }

    private static func project(_ folder: String) -> Project { Project(name: "flights", folder: folder) }

    /// Delays from `from` on, of three origins by turns.
    private static func rows(from: Int, seed: Int = 0) -> String {
        "SELECT CAST(\(from) + hash(range + \(seed * 10_000)) % 500 AS DOUBLE) AS delay, ['EWR', 'JFK', 'LGA'][1 + range % 3] AS origin, "
            + "TIMESTAMP '2024-01-01' + to_days(CAST(range + \(from) AS INTEGER)) AS at FROM range(2000)"
    }

    private func withDelays(_ change: (inout DriftSpecification) -> Void = { _ in }, _ body: (Bench) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            var drift = DriftSpecification(.snapshot(dataset: "departures"))
            change(&drift)
            let bench = try Bench(Self.project(folder), home: "\(folder)/home", drift)
            try await body(bench)
            try await bench.platform.tracking().database.close()
        }
    }

    // MARK: Snapshots

    @Test func `a snapshot whose column moved fires once, and is what the next is compared with`() async throws {
        try await withDelays { bench in
            #expect(try await bench.look().isEmpty)
            for (from, seed, fires) in [(0, 0, false), (0, 1, false), (400, 2, true), (400, 3, false), (0, 4, true)] {
                try await bench.snapshot("departures", Self.rows(from: from, seed: seed))
                let reasons = try await bench.look()
                #expect(reasons.count == (fires ? 1 : 0), "from \(from), seed \(seed)")
                #expect(reasons.allSatisfy { $0?.hasPrefix("drift of column delay: PSI ") == true && $0?.hasSuffix(" > 0.2") == true })
                #expect(try await bench.look().isEmpty, "the same two are not judged again")
            }
            #expect(bench.requests.all.map(\.steps) == [["note"], ["note"]])
        }
    }

    @Test func `what was judged is kept for people, with the reason`() async throws {
        try await withDelays { bench in
            let first = try await bench.snapshot("departures", Self.rows(from: 0))
            _ = try await bench.look()
            #expect(try await bench.judged?.words == "the first snapshot, which later ones are compared with")
            #expect(try await bench.judged?.base == first)
            try await bench.snapshot("departures", Self.rows(from: 0, seed: 1))
            _ = try await bench.look()
            #expect(try await bench.judged?.words.hasPrefix("no drift, most in column ") == true)
            #expect(try await bench.judged?.base == first)
            let third = try await bench.snapshot("departures", Self.rows(from: 400))
            _ = try await bench.look()
            #expect(try await bench.judged?.hasDrifted == true)
            #expect(try await bench.judged?.base == third)
            let row = try #require(
                try await ScheduleRow.rows(
                    of: ScheduleBook(bench.platform.project), bench.platform.tracking().pipelines.schedules(), now: bench.clock.now
                ).first)
            #expect(row.declaration == "drift of departures, over 0.2 from 500 rows on")
            #expect(row.judged?.words == row.last?.firing.reason)
        }
    }

    @Test func `the snapshot that others are compared with is not taken for waste`() async throws {
        try await withDelays { bench in
            let first = try await bench.snapshot("departures", Self.rows(from: 0))
            _ = try await bench.look()
            let second = try await bench.snapshot("departures", Self.rows(from: 0, seed: 1))
            _ = try await bench.look()
            let kept = try await ProjectCache(bench.platform).kept(last: 0)
            #expect(kept.contains(first))
            #expect(!kept.contains(second), "nothing is compared with it")
        }
    }

    @Test func `columns that are named are judged alone, also times`() async throws {
        for (column, fires) in [("origin", false), ("at", true)] {
            try await withDelays({ $0.columns = [column] }) { bench in
                for from in [0, 1_000] {
                    try await bench.snapshot("departures", Self.rows(from: from))
                    #expect(try await bench.look().count == (fires && from > 0 ? 1 : 0), "\(column)")
                }
            }
        }
    }

    @Test func `few rows are not judged`() async throws {
        try await withDelays({ $0.rowCountMin = 2_001 }) { bench in
            for from in [0, 1_000] {
                try await bench.snapshot("departures", Self.rows(from: from))
                #expect(try await bench.look().isEmpty)
            }
            #expect(try await bench.judged?.words == "not judged: 2,000 rows to compare, expected 2,001")
        }
    }

    @Test func `a column that is not there is a fault that names the nearest`() async throws {
        try await withDelays({ $0.columns = ["delays"] }) { bench in
            try await bench.snapshot("departures", Self.rows(from: 0))
            _ = try await bench.look()
            try await bench.snapshot("departures", Self.rows(from: 1))
            let error = await #expect(throws: MartletError.self) { try await bench.service().notice() }
            #expect(error?.message == "there is no column 'delays' to measure drift of; did you mean 'delay'?")
        }
    }

    // MARK: Releases

    @Test func `a snapshot is compared with that which the deployed release was made from`() async throws {
        try await ReleasedProject.with { original in
            let bench = try Bench(
                original.project, home: original.home.path, DriftSpecification(.release(dataset: "sales", endpoint: "price")))
            #expect(try await bench.look().isEmpty)
            #expect(try await bench.judged?.words == "the release is of the newest snapshot")
            let execution = try await bench.platform.tracking().pipelines.lastExecution("dataset sales")
            let made = try #require(execution?.outputs["snapshot"])
            let table = "read_parquet('\(bench.platform.blobs.path(of: made))')"
            try await bench.snapshot("sales", "SELECT * FROM \(table) ORDER BY units")
            #expect(try await bench.look().isEmpty, "the same rows in another order")
            try await bench.snapshot("sales", "SELECT * REPLACE (cost * 2 AS cost) FROM \(table)")
            let reasons = try await bench.look()
            #expect(reasons.count == 1)
            #expect(reasons.first??.hasPrefix("drift of column cost: PSI ") == true)
            try await bench.snapshot("sales", "SELECT * REPLACE (cost * 3 AS cost) FROM \(table)")
            #expect(try await bench.look().count == 1, "it is still the same release that is compared with")
        }
    }

    @Test func `a dataset that the release was not made from is a fault`() async throws {
        try await ReleasedProject.with { original in
            let bench = try Bench(
                original.project, home: original.home.path, DriftSpecification(.release(dataset: "other", endpoint: "price")))
            try await bench.snapshot("other", Self.rows(from: 0))
            let error = await #expect(throws: MartletError.self) { try await bench.service().notice() }
            #expect(error?.message.hasSuffix("there is nothing to compare with; it is made of sales") == true)
        }
    }

    // MARK: Answers

    /// Far longer than a test takes, so that no window ends meanwhile.
    private static let window = Duration.seconds(300 * 86_400)

    @Test(arguments: [false, true])
    func `what an endpoint is asked is compared with what its release was fitted on`(isFeatured: Bool) async throws {
        try await ReleasedProject.with { original in
            let service = try PredictionService(original, process: "test", waitAtMost: .zero)
            for item in try await HeldOutTraffic(original, endpoint: "price").items {
                var body = item.body.object ?? [:]
                if isFeatured { body["feature"] = 1 }
                _ = try await service.decide("price", .object(body), requestID: item.requestID)
            }
            try await service.close()
            var drift = DriftSpecification(.endpoint("price", window: Self.window))
            (drift.columns, drift.rowCountMin) = (["feature"], 50)
            let bench = try Bench(original.project, home: original.home.path, drift, at: .now)
            #expect(try await bench.look().isEmpty)
            #expect(try await bench.judged?.words == "not judged: 0 rows to compare, expected 50", "its window has not ended yet")
            bench.clock.set(.now + Self.window)
            let reasons = try await bench.look()
            #expect(reasons.count == (isFeatured ? 1 : 0))
            let words = try #require(try await bench.judged?.words)
            #expect(words.hasPrefix(isFeatured ? "drift of column feature: PSI " : "no drift, most in column feature: PSI "))
            #expect(try await bench.look().isEmpty, "a window is judged once")
        }
    }

    @Test func `the rows that a release was fitted on stay, and an endpoint whose are gone is a fault that says what to do`() async throws {
        try await ReleasedProject.with { original in
            let bench = try Bench(
                original.project, home: original.home.path, DriftSpecification(.endpoint("price", window: Self.window)))
            let release = try #require(try bench.platform.records.routedReleases().first)
            let rows = try #require(try await bench.platform.rows(of: release))
            #expect(try await ProjectCache(bench.platform).kept(last: 0).contains(rows))
            try FileManager.default.removeItem(atPath: bench.platform.blobs.path(of: rows))
            let error = await #expect(throws: MartletError.self) { try await bench.service().notice() }
            #expect(error?.code == .notFound)
            #expect(error?.message.hasPrefix("the rows that release v1 of 'price' was fitted on are not kept") == true)
        }
    }

    @Test func `an endpoint without a release has nothing to compare`() async throws {
        try await ReleasedProject.with { original in
            let bench = try Bench(
                original.project, home: original.file("fresh"), DriftSpecification(.endpoint("price", window: Self.window)))
            #expect(try await bench.look().isEmpty)
            #expect(try await bench.judged == nil)
        }
    }
}
