import MartletCore
import MartletStore
import MartletTesting
import Testing

@testable import MartletPipeline

/// What every place of jobs does.
@Suite struct JobPlaceTests {
    /// A home's folder, or a kind of database.
    private static let kinds: [DatabaseKind?] = [nil] + DatabaseKind.all

    private static func with(_ kind: DatabaseKind?, _ body: (any JobPlace) async throws -> Void) async throws {
        guard let kind else {
            return try await withTemporaryFolder { path in
                let home = Home(path: path)
                try home.prepare()
                try await body(JobFolders(home: home))
            }
        }
        try await kind.withDatabase { try await body(try await JobRecords($0)) }
    }

    private func order(sources: Digest? = nil) -> StepOrder {
        let step = Step(name: "clean", code: "1", inputs: [:], parameters: ["text": "it's \"so\""], environment: [:]) { _ in
            StepResult(outputs: [:])
        }
        let id = StepID("clean", StepPartition(["day": "1,a=b"]))
        let inputs: [String: InputContent] = [
            "one": .one(Digest(of: "one")), "many": .many([StepPartition(["x": "1,y=2"]): Digest(of: "two")]),
        ]
        let attempt = StepAttempt(
            step: step, id: id, run: "r", number: 2, key: Digest(of: "key"), inputs: inputs, resources: .none, report: { _, _ in })
        return StepOrder(attempt, sources: sources)
    }

    @Test(arguments: kinds)
    func `an order comes back whole`(_ kind: DatabaseKind?) async throws {
        try await Self.with(kind) { place in
            for (name, sources) in [("a", nil), ("b", Digest(of: "sources"))] {
                try await place.job(name).prepare(order(sources: sources))
                #expect(try await place.job(name).order() == order(sources: sources))
            }
            #expect(try await place.job("c").order() == nil)
        }
    }

    @Test(arguments: kinds)
    func `the right to begin is given once, also where many ask`(_ kind: DatabaseKind?) async throws {
        try await Self.with(kind) { place in
            let job = place.job("a")
            try await job.prepare(order())
            let count = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<20 { group.addTask { try await job.claim() } }
                return try await group.reduce(0) { $1 ? $0 + 1 : $0 }
            }
            #expect(count == 1)
        }
    }

    @Test(arguments: kinds)
    func `a result comes back whole, with its usage and its log`(_ kind: DatabaseKind?) async throws {
        try await Self.with(kind) { place in
            let (good, bad) = (place.job("good"), place.job("bad"))
            for job in [good, bad] {
                try await job.prepare(order())
                #expect(try await job.result() == nil)
            }
            var made = AttemptResult(.success(StepResult(outputs: ["out": Digest(of: "made")], summary: ["rows": 3])))
            made.usage.cpuSeconds = 2.5
            made.log = Digest(of: "log")
            try await good.put(made)
            let result = try await good.result()
            guard case .success(let found)? = result?.result else {
                Issue.record("what ended well is not good: \(String(describing: result))")
                return
            }
            #expect(found.outputs == ["out": Digest(of: "made")])
            #expect(found.summary == ["rows": 3])
            #expect(result?.usage.cpuSeconds == 2.5)
            #expect(result?.log == Digest(of: "log"))
            try await bad.put(AttemptResult(.failure(StepFailure(.memory, "too much"))))
            guard case .failure(let failure)? = try await bad.result()?.result else {
                Issue.record("what failed is good")
                return
            }
            #expect(failure == StepFailure(.memory, "too much"))
        }
    }

    @Test(arguments: kinds)
    func `jobs are found by how their names begin, and are gone once removed`(_ kind: DatabaseKind?) async throws {
        try await Self.with(kind) { place in
            for name in ["ab-r-1-1", "ab-r-2-1", "abc-r-1-1", "b-r-1-1"] { try await place.job(name).prepare(order()) }
            #expect(try await place.jobs(beginning: "ab-").map(\.name) == ["ab-r-1-1", "ab-r-2-1"])
            try await place.job("ab-r-1-1").remove()
            #expect(try await place.jobs(beginning: "ab-").map(\.name) == ["ab-r-2-1"])
            #expect(try await place.job("ab-r-1-1").order() == nil)
            #expect(try await place.jobs(beginning: "z").isEmpty)
        }
    }
}
