import MartletCore
import MartletStore
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct ScheduleRecordsTests {
    private static let now = Timestamp(microseconds: 1_000_000)

    @Test(arguments: DatabaseKind.all)
    func `a state comes back whole`(kind: DatabaseKind) async throws {
        try await kind.withDatabase { database in
            let store = try await PipelineStore(database)
            var state = ScheduleState("0 3 * * * UTC", since: Self.now)
            state.notice(["a \"b\"": "1"], now: Self.now)
            try state.enqueue(Firing(id: "e", nominalTime: Self.now, reason: "r", payload: Digest(of: "body")))
            try state.enqueue(Firing(id: "f", nominalTime: Self.now, reason: "r"))
            state.begin("e")
            state.end("f", at: Self.now, failure: "it broke")
            try await store.changeSchedules(at: Self.now) { [state] in $0[.trigger("hook")] = state }
            let found = try await store.schedules()
            #expect(found == [.trigger("hook"): state])
            #expect(try await store.mentionedDigests() == [Digest(of: "body")])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `two that change one state at once lose nothing`(kind: DatabaseKind) async throws {
        try await kind.withDatabase { database in
            let store = try await PipelineStore(database)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        try await store.changeSchedules(at: Self.now) { states in
                            var state = states[.trigger("hook")] ?? ScheduleState("webhook hook", since: Self.now)
                            try state.enqueue(Firing(id: "\(number)", nominalTime: Self.now, reason: "r"))
                            states[.trigger("hook")] = state
                        }
                    }
                }
                try await group.waitForAll()
            }
            let pending = try await store.schedules()[.trigger("hook")]?.pending ?? []
            #expect(Set(pending.map(\.id)) == Set((0..<20).map(String.init)))
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a change that throws writes nothing`(kind: DatabaseKind) async throws {
        try await kind.withDatabase { database in
            let store = try await PipelineStore(database)
            await #expect(throws: MartletError.self) {
                try await store.changeSchedules(at: Self.now) { states in
                    states[.schedule("a")] = ScheduleState("x", since: Self.now)
                    throw MartletError(.overloaded, "full")
                }
            }
            let found = try await store.schedules()
            #expect(found.isEmpty)
        }
    }

    @Test func `the newest run that ended well is read of another's records`() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/tracking.sqlite"
            let database = try SQLiteDatabase(path: path)
            let source = try SQLiteSource(path: path)
            let before = try await PipelineStore.lastDoneRun(of: "prices", in: source)
            #expect(before == nil, "there are no tables yet")
            let store = try await PipelineStore(database)
            for (id, project, state) in [
                ("a", "prices", RunRecord.State.done), ("b", "prices", .done), ("c", "prices", .failed), ("d", "other", .done),
            ] {
                var run = RunRecord(id: id, project: project, startedAt: Self.now)
                try await store.begin(run)
                (run.state, run.endedAt) = (state, Self.now)
                try await store.end(run, saved: [:])
            }
            let found = try await PipelineStore.lastDoneRun(of: "prices", in: source)
            #expect(found == "b")
            try await source.close()
            try await database.close()
        }
    }
}
