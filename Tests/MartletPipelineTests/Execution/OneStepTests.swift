import Foundation
import MartletCore
import MartletStore
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct OneStepTests {
    private func graph(_ bench: PipelineBench) throws -> StepGraph {
        var each = bench.step("each", from: ["list"])
        each.fanOuts = [FanOut(key: "part", values: .output(OutputName(step: "list", output: "out")))]
        var held = bench.step("held")
        held.condition = OutputName(step: "no", output: "out")
        var always = bench.step("always")
        always.policy.lifetime = .zero
        return try StepGraph([
            bench.giving("list", ["a", "b"]), each, bench.giving("no", false), held, always, bench.step("reader", from: ["always"]),
        ])
    }

    private func make(_ id: StepID, _ bench: PipelineBench) async throws -> PipelineRunner.OneStepOutcome {
        try await bench.runner.make(id, in: graph(bench), as: "run of \(id) \(UInt64.random(in: .min ... .max))", observe: { _ in })
    }

    @Test func `instances are known once what lists them has run, and each is made alone`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            let refusal = await #expect(throws: MartletError.self) { try await bench.runner.lookUp("each", in: graph(bench)) }
            #expect(refusal?.code == .conflict)
            _ = try await make(StepID("list"), bench)
            let found = try await bench.runner.lookUp("each", in: graph(bench)).instances
            #expect(found.map(\.description) == ["each[part=a]", "each[part=b]"])
            _ = try await make(found[1], bench)
            #expect(bench.ran.take() == ["list", "each[part=b]"])
            guard case .fresh = try await make(found[1], bench) else {
                Issue.record("a step that was made is not made again")
                return
            }
            let stranger = await #expect(throws: MartletError.self) { try await make(StepID("each", StepPartition(["part": "c"])), bench) }
            #expect(stranger?.code == .notFound)
        }
    }

    @Test func `a step whose source has not run is refused, and one that has run is used whatever its age`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            let refusal = await #expect(throws: MartletError.self) { try await make(StepID("reader"), bench) }
            #expect(refusal?.message.contains("always") == true)
            for id in ["always", "reader", "always"] { _ = try await make(StepID(id), bench) }
            #expect(bench.ran.take() == ["always", "reader", "always"])
        }
    }

    @Test func `a condition is told, and what it holds back is passed over`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            await #expect(throws: MartletError.self) { try await bench.runner.holds("held", in: graph(bench)) }
            _ = try await make(StepID("no"), bench)
            #expect(try await bench.runner.holds("held", in: graph(bench)) == false)
            #expect(try await bench.runner.holds("list", in: graph(bench)))
            guard case .skipped = try await make(StepID("held"), bench) else {
                Issue.record("a step was made although its condition does not hold")
                return
            }
            #expect(bench.ran.take() == ["no"])
        }
    }

    // MARK: Beside others

    private func runner(_ bench: PipelineBench, _ folder: String, ledger: any MachineLedger = OwnMachine()) -> PipelineRunner {
        PipelineRunner(
            records: bench.records, contents: bench.blobs, executor: LocalExecutor(), ledger: ledger,
            keys: KeyLocks(home: Home(path: "\(folder)/home")))
    }

    @Test func `two who make the same at once make it once`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            let heard = Gathering<String>()
            let step = Step(name: "a", code: "1", inputs: [:], parameters: [:], environment: [:]) { _ in
                bench.ran.add("a")
                try await waitUntil("the other waits") { heard.all.contains { $0.contains("another process") } }
                return StepResult(outputs: ["out": try bench.blobs.put(Array("a".utf8))])
            }
            let (graph, runner) = (try StepGraph([step]), runner(bench, folder))
            let outcomes = try await withThrowingTaskGroup(of: PipelineRunner.OneStepOutcome.self) { group in
                for run in ["one", "two"] {
                    group.addTask {
                        try await runner.make(StepID("a"), in: graph, as: run) { event in
                            if case .progress(_, _, let message) = event { heard.add(message) }
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(bench.ran.take() == ["a"])
            #expect(outcomes.count { if case .made = $0 { true } else { false } } == 1)
            #expect(outcomes.count { if case .fresh = $0 { true } else { false } } == 1)
            #expect(try await bench.records.attempts(at: "a").count == 1)
        }
    }

    @Test func `a once-only step that another began since it was looked at does not begin`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            var step = bench.step("pay")
            step.policy.isOnceOnly = true
            let key = StepKey(step: step, partition: .whole, inputs: [:])
            let attempt = StepAttempt(
                step: step, id: StepID("pay"), run: "mine", number: 1, key: key.digest, inputs: [:], resources: .none, report: { _, _ in })
            try await bench.records.begin(
                AttemptRecord(run: "theirs", id: StepID("pay"), number: 1, key: key.digest, isOnceOnly: true, startedAt: .now))
            let found = PreparedStep(key: key, inputs: [:], finding: .stale(reasons: []))
            let made = try await runner(bench, folder).make(attempt, found, reasons: [])
            #expect(made.execution == nil)
            #expect(made.record == nil)
            #expect(made.failure?.kind == .refused)
            #expect(bench.ran.all.isEmpty)
        }
    }

    @Test(arguments: [false, true])
    func `a once-only step that another made since it was looked at is not made again, whatever clock they have`(_ isWaitedFor: Bool)
        async throws
    {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            var step = bench.step("pay")
            step.policy.isOnceOnly = true
            let (attempt, found, heard) = self.attempt(at: step)
            let theirs = try self.theirs(found.key, bench)
            // Its clock may have been set back by years.
            #expect(theirs.finishedAt < .now - .seconds(3_600))
            let hold = try #require(try KeyLocks(home: Home(path: "\(folder)/home")).take(attempt.key))
            if !isWaitedFor {
                try await record(theirs, isOnceOnly: true, bench)
                hold.release()
            }
            let runner = self.runner(bench, folder)
            async let making = runner.make(attempt, found, reasons: [])
            if isWaitedFor {
                try await waitUntil("it waits") { heard.all.contains { $0.contains("another process") } }
                try await record(theirs, isOnceOnly: true, bench)
                hold.release()
            }
            let made = try await making
            #expect(made.execution == theirs)
            #expect(made.record == nil)
            #expect(bench.ran.all.isEmpty)
        }
    }

    @Test func `what was known of a key at the look is made anew, and what another made since is taken while its outputs are there`()
        async throws
    {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            let step = bench.step("a")
            let (attempt, look, _) = self.attempt(at: step)
            var found = look
            let known = try theirs(found.key, bench)
            try await record(known, isOnceOnly: false, bench)
            let taken = try await runner(bench, folder).make(attempt, found, reasons: [], isAlone: true)
            #expect(taken.execution == known)
            #expect(bench.ran.take() == [])
            found.known = known.mark
            let made = try await runner(bench, folder).make(attempt, found, reasons: [], isAlone: true)
            #expect(made.execution?.run == attempt.run)
            #expect(bench.ran.take() == ["a"])
            made.hold?.release()
            found.known = nil
            try FileManager.default.removeItem(atPath: bench.blobs.path(of: #require(known.outputs["out"])))
            let again = try await runner(bench, folder).make(attempt, found, reasons: [], isAlone: true)
            #expect(again.execution?.run == attempt.run)
            #expect(bench.ran.take() == ["a"])
        }
    }

    private func attempt(at step: Step) -> (attempt: StepAttempt, found: PreparedStep, heard: Gathering<String>) {
        let (key, heard) = (StepKey(step: step, partition: .whole, inputs: [:]), Gathering<String>())
        let attempt = StepAttempt(
            step: step, id: StepID(step.name), run: "mine", number: 1, key: key.digest, inputs: [:], resources: .none,
            report: { heard.add($1) })
        return (attempt, PreparedStep(key: key, inputs: [:], finding: .stale(reasons: [])), heard)
    }

    /// What another made long ago, as far as its clock knows.
    private func theirs(_ key: StepKey, _ bench: PipelineBench) throws -> StepExecution {
        let time = Timestamp(microseconds: 1_000_000_000_000_000)
        return StepExecution(
            id: StepID(key.parts["step"]?.string ?? ""), key: key.digest, keyParts: key.parts,
            outputs: ["out": try bench.blobs.put(Array("theirs".utf8))], run: "theirs", startedAt: time, finishedAt: time + .seconds(1))
    }

    private func record(_ made: StepExecution, isOnceOnly: Bool, _ bench: PipelineBench) async throws {
        var attempt = AttemptRecord(
            run: "theirs", id: made.id, number: 1, key: made.key, isOnceOnly: isOnceOnly, startedAt: made.startedAt)
        attempt.endedAt = made.finishedAt
        try await bench.records.end(attempt, made)
    }

    @Test func `a step waits until the machine has room, and gives it back`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            let ledger = FullLedger()
            let outcome = try await runner(bench, folder, ledger: ledger).make(
                StepID("list"), in: graph(bench), as: "r", observe: { _ in })
            guard case .made = outcome else {
                Issue.record("it was not made: \(outcome)")
                return
            }
            #expect(ledger.heard.all == ["full", "list", "back list"])
        }
    }

    @Test func `a step that asks for more than there is, or that a budget stops, does not begin`() async throws {
        try await withTemporaryFolder { folder in
            let bench = try await PipelineBench(folder)
            var large = bench.step("large")
            large.demand.cores = 1e6
            let graph = try StepGraph([large, bench.step("a")])
            guard
                case .failed(let failure, _) = try await runner(bench, folder).make(StepID("large"), in: graph, as: "r", observe: { _ in })
            else {
                Issue.record("it began")
                return
            }
            #expect(failure.kind == .start)
            #expect(failure.message.contains("raise 'capacity'"))
            var options = PipelineRunner.Options()
            let budget = try Budget(key: "month", of: .project, name: "p", limit: 10, per: .month, stop: true)
            let spent = UsageRecord(at: .now, project: "p", pipeline: "p", step: "a", amount: UsageAmount(cpuSeconds: 10))
            options.budgets = BudgetWatch(
                [budget], prices: try PriceTable(currency: "EUR", coreHour: 3_600), spent: [spent], at: .now
            ) { UsageRecord(at: $2, project: "p", pipeline: "p", step: $0.step, amount: $1) }
            let stopped = try await runner(bench, folder).make(StepID("a"), in: graph, as: "s", options: options, observe: { _ in })
            guard case .failed(let refusal, let error) = stopped else {
                Issue.record("it began")
                return
            }
            #expect(refusal.kind == .cancelled)
            #expect((error as? MartletError)?.code == .limitExceeded)
            #expect(bench.ran.all.isEmpty)
            #expect(try await bench.records.deadLetters().map(\.id) == [StepID("large")])
        }
    }
}

/// A machine that is full when it is asked first.
private final class FullLedger: MachineLedger {
    let heard = Gathering<String>()

    func claim(_ resources: Resources, for step: String) async -> LedgerAnswer {
        let isFirst = heard.all.isEmpty
        heard.add(isFirst ? "full" : step)
        return LedgerAnswer(!isFirst)
    }

    func giveBack(_ resources: Resources, for step: String) async { heard.add("back \(step)") }
}
