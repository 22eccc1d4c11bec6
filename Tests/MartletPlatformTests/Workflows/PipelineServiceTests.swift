import Foundation
import MartletCore
import MartletPipeline
import MartletStore
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct PipelineServiceTests {
    private static let project = """
        project: flights
        steps:
          note: {run: "echo hello > $out", outputs: {out: out.txt}}

        """

    /// A project of one step in a new folder, with what is declared.
    private func with(_ declared: String, _ body: (Bench) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let bench = try Bench(folder, Self.project + declared + "\n")
            try await body(bench)
            try await bench.platform.tracking().database.close()
        }
    }

    /// A service whose runs are only told of.
    private struct Bench {
        let platform: Platform
        let clock: ManualClock
        let requests = Gathering<RunRequest>()
        let heard = Gathering<String>()

        init(_ folder: String, _ text: String) throws {
            try Data(text.utf8).write(to: URL(filePath: "\(folder)/martlet.yaml"))
            platform = try Platform(project: try Project.read(file: "\(folder)/martlet.yaml"), home: "\(folder)/home")
            clock = ManualClock(try #require(Timestamp("2024-05-01T12:00:00Z")))
        }

        func service(_ run: PipelineService.Runner? = nil) throws -> PipelineService {
            let runner: PipelineService.Runner = run ?? { [requests] request in requests.add(request) }
            return try PipelineService(platform, clock: clock, runner: runner) { [heard] event in heard.add(event.word) }
        }

        func set(_ time: String) throws { clock.set(try #require(Timestamp(time))) }

        func write(_ name: String, _ text: String) throws {
            let path = URL(filePath: platform.project.resolve(name))
            try FileManager.default.createDirectory(at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: path)
        }

        var states: [ScheduleName: ScheduleState] { get async throws { try await platform.tracking().pipelines.schedules() } }
    }

    private static let nightly = #"schedules: {nightly: {cron: "0 3 * * *", run: [note]}}"#

    // MARK: Schedules

    @Test func `a schedule runs its steps once at its time, and says what for`() async throws {
        try await with(Self.nightly) { bench in
            let service = try bench.service()
            try await service.fire()
            let early = try await service.work()
            try bench.set("2024-05-02T03:00:10Z")
            try await service.fire()
            let first = try await service.work()
            try await service.fire()
            let second = try await service.work()
            #expect((early, first, second) == (false, true, false))
            let request = try #require(bench.requests.all.first)
            #expect(bench.requests.all.count == 1)
            #expect(request.steps == ["note"])
            #expect(request.cause == RunCause(.schedule, name: "nightly", nominalTime: Timestamp("2024-05-02T03:00:00Z")))
            #expect(bench.heard.all == ["began schedule nightly", "ended schedule nightly"])
        }
    }

    @Test func `after downtime a schedule follows its policy`() async throws {
        try await with(Self.nightly) { bench in
            try await bench.service().fire()
            try bench.set("2024-05-05T12:00:00Z")
            let service = try bench.service()
            try await service.fire()
            while try await service.work() {}
            #expect(bench.requests.all.map(\.cause.nominalTime) == [Timestamp("2024-05-05T03:00:00Z")])
            let state = try await bench.states[.schedule("nightly")]
            #expect(state?.passedOverCount == 3)
        }
    }

    @Test func `a run that a crash cut off is run again for the same time`() async throws {
        try await with(Self.nightly) { bench in
            let service = try bench.service()
            try await service.fire()
            try bench.set("2024-05-02T03:00:00Z")
            try await service.fire()
            // As it is on record when the power goes.
            let id = try #require(try await bench.states[.schedule("nightly")]?.pending.first?.id)
            try await bench.platform.tracking().pipelines.changeSchedules(at: .now) { $0[.schedule("nightly")]?.begin(id) }
            try bench.set("2024-05-02T09:00:00Z")
            let next = try bench.service()
            try await next.fire()
            while try await next.work() {}
            #expect(bench.requests.all.map(\.cause.nominalTime) == [Timestamp("2024-05-02T03:00:00Z")])
        }
    }

    @Test func `a firing whose runs end this program again and again is given up, and said to be`() async throws {
        try await with(Self.nightly) { bench in
            let service = try bench.service()
            try await service.fire()
            try bench.set("2024-05-02T03:00:00Z")
            try await service.fire()
            let id = try #require(try await bench.states[.schedule("nightly")]?.pending.first?.id)
            for _ in 0..<ScheduleState.attemptCountMax {
                try await bench.platform.tracking().pipelines.changeSchedules(at: .now) { $0[.schedule("nightly")]?.begin(id) }
            }
            while try await service.work() {}
            #expect(bench.requests.all.isEmpty)
            #expect(bench.heard.all.count == 1)
            #expect(bench.heard.all.first?.hasPrefix("failed schedule nightly: its run was cut off 3 times") == true)
            let state = try await bench.states[.schedule("nightly")]
            #expect(state?.pending.isEmpty == true)
        }
    }

    @Test func `a run that fails is told and does not run again`() async throws {
        try await with(Self.nightly) { bench in
            let service = try bench.service { _ in throw MartletError(.engine, "it broke") }
            try await service.fire()
            try bench.set("2024-05-02T03:00:00Z")
            try await service.fire()
            while try await service.work() {}
            #expect(bench.heard.all == ["began schedule nightly", "failed schedule nightly: it broke"])
            let state = try await bench.states[.schedule("nightly")]
            #expect(state?.last?.failure == "it broke")
        }
    }

    @Test func `a run that somebody stops ends that run, and not the service`() async throws {
        try await with(#"schedules: {minutely: {cron: "* * * * *", run: [note], missed: all}}"#) { bench in
            let (ran, told) = AsyncStream.makeStream(of: Void.self)
            let service = try bench.service { _ in
                told.yield()
                throw CancellationError()
            }
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await service.run() }
                var count = 0
                for await _ in ran {
                    count += 1
                    if count == 3 { break }
                }
                group.cancelAll()
            }
            let last = try #require(try await bench.states[.schedule("minutely")]?.last)
            #expect(last.failure == "it was stopped")
        }
    }

    @Test func `a run that is stopped with the server is left for the next start`() async throws {
        try await with(Self.nightly) { bench in
            let (begun, told) = AsyncStream.makeStream(of: Void.self)
            let (never, held) = AsyncStream.makeStream(of: Void.self)
            let service = try bench.service { _ in
                told.yield()
                for await _ in never {}
                try Task.checkCancellation()
            }
            try await service.fire()
            try bench.set("2024-05-02T03:00:00Z")
            try await service.fire()
            let error = await withTaskGroup(of: (any Error)?.self) { group in
                group.addTask {
                    do { _ = try await service.work() } catch { return error }
                    return nil
                }
                for await _ in begun { break }
                group.cancelAll()
                return await group.next() ?? nil
            }
            held.finish()
            #expect(error is CancellationError)
            let firing = try #require(try await bench.states[.schedule("nightly")]?.pending.first)
            #expect(!firing.isBegun, "stopping on purpose does not count as cutting off")
        }
    }

    @Test func `while somebody else runs the project a firing waits`() async throws {
        try await with(Self.nightly) { bench in
            let service = try bench.service()
            try await service.fire()
            try bench.set("2024-05-02T03:00:00Z")
            try await service.fire()
            let lock = try FileLock.acquire(path: bench.platform.home.runLockPath, purpose: "a test", waitAtMost: .zero)
            let whileLocked = try await service.work()
            #expect(!whileLocked)
            #expect(bench.requests.all.isEmpty)
            lock.release()
            let afterwards = try await service.work()
            #expect(afterwards)
        }
    }

    @Test func `the loop fires every time, in order, until it is cancelled`() async throws {
        try await with(#"schedules: {minutely: {cron: "* * * * *", run: [note], missed: all}}"#) { bench in
            let (ran, told) = AsyncStream.makeStream(of: Timestamp?.self)
            let service = try bench.service { told.yield($0.cause.nominalTime) }
            let times = await withTaskGroup(of: Void.self) { group in
                group.addTask { await service.run() }
                var times: [Timestamp?] = []
                for await time in ran {
                    times.append(time)
                    if times.count == 3 { break }
                }
                group.cancelAll()
                return times
            }
            let first = try #require(times.first ?? nil)
            #expect(times == [first, first + .seconds(60), first + .seconds(120)])
            #expect(first > (try #require(Timestamp("2024-05-01T12:00:00Z"))))
        }
    }

    @Test func `by default the project's own steps are run, and the run is on record with its cause`() async throws {
        try await with(Self.nightly) { bench in
            let service = try PipelineService(bench.platform, clock: bench.clock) { [heard = bench.heard] in heard.add($0.word) }
            try await service.fire()
            try bench.set("2024-05-02T03:00:00Z")
            try await service.fire()
            while try await service.work() {}
            #expect(bench.heard.all == ["began schedule nightly", "ended schedule nightly"])
            let run = try #require(try await bench.platform.tracking().pipelines.runs().first)
            #expect((run.state, run.steps) == (.done, ["note"]))
            #expect(run.cause == RunCause(.schedule, name: "nightly", nominalTime: Timestamp("2024-05-02T03:00:00Z")))
        }
    }

    // MARK: Triggers

    @Test func `a file that comes or changes fires, one that was there does not`() async throws {
        try await with(#"triggers: {arrived: {file: "incoming/*.csv", run: [note]}}"#) { bench in
            try bench.write("incoming/old.csv", "1")
            let service = try bench.service()
            try await service.notice()
            try bench.write("incoming/new.csv", "1")
            try bench.write("incoming/other.txt", "1")
            try await service.notice()
            while try await service.work() {}
            #expect(bench.requests.all.map(\.cause.kind) == [.trigger])
            let reason = try await bench.states[.trigger("arrived")]?.last?.firing.reason
            #expect(reason == "incoming/new.csv changed")
            try bench.write("incoming/old.csv", "22")
            try await service.notice()
            while try await service.work() {}
            try await service.notice()
            while try await service.work() {}
            #expect(bench.requests.all.count == 2)
        }
    }

    @Test func `what comes while the server is down fires at its next start`() async throws {
        try await with(#"triggers: {arrived: {file: "*.csv", run: [note]}}"#) { bench in
            try await bench.service().notice()
            try bench.write("new.csv", "1")
            let service = try bench.service()
            try await service.notice()
            while try await service.work() {}
            #expect(bench.requests.all.count == 1)
        }
    }

    @Test func `another snapshot of a dataset fires, also one that was made by hand`() async throws {
        try await with(
            """
            datasets: {departures: {source: {step: note.out}, contract: departures.odcs.yaml}}
            triggers: {changed: {snapshot: departures, run: [note]}}
            """
        ) { bench in
            let store = try await bench.platform.tracking().pipelines
            func make(_ text: String) async throws {
                let digest = Digest(of: text)
                try await store.take([
                    StepExecution(
                        id: StepID("dataset departures"), key: digest, keyParts: [:], outputs: ["snapshot": digest],
                        startedAt: bench.clock.now, finishedAt: bench.clock.now)
                ])
            }
            let service = try bench.service()
            try await service.notice()
            for text in ["one", "one", "two"] {
                try await make(text)
                try await service.notice()
                while try await service.work() {}
            }
            #expect(bench.requests.all.count == 2)
        }
    }

    @Test func `another project's run that ends well fires, one that fails does not`() async throws {
        try await with("triggers: {priced: {upstream: prices/martlet.yaml, run: [note]}}") { bench in
            try bench.write("prices/martlet.yaml", "project: prices\n")
            let service = try bench.service()
            try await service.notice()
            let other = try Platform(project: try Project.read(file: bench.platform.project.resolve("prices/martlet.yaml")))
            let store = try await other.tracking().pipelines
            for (id, state) in [("a", RunRecord.State.failed), ("b", .done)] {
                var run = RunRecord(id: id, project: "prices", startedAt: bench.clock.now)
                try await store.begin(run)
                (run.state, run.endedAt) = (state, bench.clock.now)
                try await store.end(run, saved: [:])
                try await service.notice()
                while try await service.work() {}
                #expect(bench.requests.all.count == (state == .done ? 1 : 0))
            }
            try await other.tracking().database.close()
        }
    }

    @Test func `each event of a webhook runs once, and what it was sent is kept`() async throws {
        try await with("triggers: {asked: {webhook: refresh, run: [note]}}") { bench in
            let service = try bench.service()
            let first = try await service.receive(WebhookCall("refresh", Array("{}".utf8), from: .neighbour))
            let second = try await service.receive(WebhookCall("refresh", from: .neighbour))
            let pending = try #require(try await bench.states[.trigger("asked")]?.pending)
            #expect(pending.map(\.id) == [first, second])
            let payload = try #require(pending.first?.payload)
            #expect(String(decoding: try bench.platform.blobs.read(payload), as: UTF8.self) == "{}")
            #expect(pending.last?.payload == nil)
            while try await service.work() {}
            #expect(bench.requests.all.map(\.cause.payload) == [payload, nil])
            #expect(bench.requests.all.first?.cause.reason == "a request of 2 bytes")
        }
    }

    @Test func `what is refused leaves nothing behind`() async throws {
        try await with("triggers: {asked: {webhook: refresh, run: [note]}}") { bench in
            let service = try bench.service()
            func send(_ text: String, to webhook: String = "refresh", from sender: WebhookCall.Sender = .neighbour) async throws {
                _ = try await service.receive(WebhookCall(webhook, Array(text.utf8), from: sender))
            }
            await #expect(throws: WebhookRefusal.self) { try await send("stranger", from: .stranger) }
            await #expect(throws: MartletError.self) { try await send("unknown", to: "refres") }
            for _ in 0..<ScheduleState.pendingCountMax { try await send("taken") }
            let error = await #expect(throws: MartletError.self) { try await send("too many") }
            #expect(error?.code == .overloaded)
            for (text, isKept) in [("stranger", false), ("unknown", false), ("too many", false), ("taken", true)] {
                #expect(bench.platform.blobs.contains(Digest(of: text)) == isKept)
            }
        }
    }

    @Test func `an unknown webhook is refused with the nearest`() async throws {
        try await with("triggers: {asked: {webhook: refresh, run: [note]}}") { bench in
            let service = try bench.service()
            let error = await #expect(throws: MartletError.self) { try await service.receive(WebhookCall("refres", from: .user)) }
            #expect(error?.message == "there is no trigger with the webhook 'refres'; did you mean 'refresh'?")
            let name = await #expect(throws: MartletError.self) { try await service.receive(WebhookCall("asked", from: .user)) }
            #expect(name?.code == .notFound)
        }
    }
}

extension PipelineService.Event {
    fileprivate var word: String {
        switch self {
        case .began(let name, _): "began \(name)"
        case .ended(let name, _): "ended \(name)"
        case .failed(let name, _, let message): "failed \(name): \(message)"
        case .fault(let message): "fault \(message)"
        }
    }
}
