import MartletRegistry
import MartletTesting
import Testing

struct RunTests {
    @Test(arguments: DatabaseKind.all)
    func `a new run is what was told of it`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            let draft = RunDraft(experiment: 0, name: "n", user: "bob", startedAt: 5, tags: [KeyedText("../x", ""), KeyedText("", "e")])
            let run = try await store.createRun(draft)
            #expect(run.info.id.wholeMatch(of: /[0-9a-f]{32}/) != nil)
            var expected = TrackedRun(
                TrackedRun.Info(
                    id: run.info.id, experiment: 0, name: "n", user: "bob", status: .running, startedAt: 5, endedAt: nil,
                    artifactURI: "mlflow-artifacts:/0/\(run.info.id)/artifacts", stage: .active))
            expected.tags = [KeyedText("../x", ""), KeyedText("", "e"), KeyedText("mlflow.runName", "n")]
            #expect(run == expected)
            #expect(try await store.run(run.info.id) == expected)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a name comes from the tag, or from chance`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            let tagged = try await store.createRun(RunDraft(experiment: 0, tags: [KeyedText("mlflow.runName", "t")]))
            #expect(tagged.info.name == "t")
            #expect(tagged.tags == [KeyedText("mlflow.runName", "t")])
            let generated = try await store.createRun(RunDraft(experiment: 0, name: ""))
            #expect(generated.info.name.wholeMatch(of: /[a-z]+-[a-z]+-[0-9]{1,3}/) != nil)
            #expect(generated.info.name.count <= 20)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a run may have tags whose keys Unicode has as equivalent`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            let tags = [KeyedText("K", "letter"), KeyedText("\u{212A}", "kelvin")]
            let run = try await store.createRun(RunDraft(experiment: 0, name: "x", tags: tags))
            let values = try await store.run(run.info.id).tags.map(\.value)
            #expect(Set(values) == ["letter", "kelvin", "x"])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `runs that contradict themselves are refused`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            let names = TrackingFault.invalid(
                "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='x', "
                    + "mlflow.runName='y').")
            await #expect(throws: names) {
                try await store.createRun(RunDraft(experiment: 0, name: "x", tags: [KeyedText("mlflow.runName", "y")]))
            }
            let twice = await #expect(throws: TrackingFault.self) {
                try await store.createRun(RunDraft(experiment: 0, tags: [KeyedText("a", "1"), KeyedText("a", "1")]))
            }
            #expect(twice?.code == .badRequest)
            let empty = await #expect(throws: TrackingFault.self) {
                try await store.createRun(RunDraft(experiment: 0, tags: [KeyedText("mlflow.runName", "")]))
            }
            #expect(empty?.code == .badRequest)
            await #expect(throws: TrackingFault.missing("No Experiment with id=77 exists")) {
                try await store.createRun(RunDraft(experiment: 77))
            }
            let runs = try await store.runs().elements
            #expect(runs == [])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `an update changes what is given, and a name cannot be cleared`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            let id = try await store.makeRun()
            #expect(try await store.updateRun(id, RunChange(status: .finished, endedAt: 200)).endedAt == 200)
            let info = try await store.updateRun(id, RunChange(status: .running, name: "b"))
            #expect(info.status == .running)
            #expect(info.endedAt == 200)
            #expect(info.name == "b")
            #expect(try await store.updateRun(id, RunChange(name: "")).name == "b")
            try await store.setTag(KeyedText("mlflow.runName", ""), run: id)
            #expect(try await store.run(id).tags == [KeyedText("mlflow.runName", "b")])
            try await store.setTag(KeyedText("mlflow.runName", "c"), run: id)
            #expect(try await store.run(id).info.name == "c")
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a deleted run is read and restored, and written no more`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            let id = try await store.makeRun()
            for _ in 0..<2 { try await store.deleteRun(id) }
            #expect(try await store.run(id).info.stage == .deleted)
            let refusal = TrackingFault.invalid("The run \(id) must be in the 'active' state. Current state is deleted.")
            await #expect(throws: refusal) { try await store.updateRun(id, RunChange(name: "x")) }
            await #expect(throws: refusal) { try await store.logMetric(LoggedMetric("m", 1, at: 0), run: id) }
            await #expect(throws: refusal) { try await store.log(LogBatch(), run: id) }
            await #expect(throws: refusal) { try await store.deleteTag("x", run: id) }
            for _ in 0..<2 { try await store.restoreRun(id) }
            #expect(try await store.run(id).info.stage == .active)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `an unknown run is not found`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            let refusal = TrackingFault.missing("Run with id=none not found")
            await #expect(throws: refusal) { try await store.run("none") }
            await #expect(throws: refusal) { try await store.deleteRun("none") }
            await #expect(throws: refusal) { try await store.restoreRun("none") }
            await #expect(throws: refusal) { try await store.logParameter(KeyedText("p", "1"), run: "none") }
            await #expect(throws: refusal) { try await store.log(LogBatch(), run: "none") }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `inputs and outputs belong to the run, and the first description of a dataset stays`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            let (id, other) = (try await store.makeRun(), try await store.makeRun())
            let tags = [KeyedText("mlflow.data.context", "train")]
            let first = DatasetInput(name: "d", digest: "1", sourceType: "local", source: "s", schema: "{}", tags: tags)
            try await store.logInputs(datasets: [first, first], models: ["m-1", "m-1"], run: id)
            var second = first
            (second.source, second.tags) = ("else", [])
            try await store.logInputs(datasets: [second], models: ["m-1"], run: id)
            try await store.logInputs(datasets: [second], run: other)
            try await store.logOutputs([ModelOutput("m-2", step: 3)], run: id)
            let run = try await store.run(id)
            #expect(run.datasets == [first])
            #expect(run.modelInputs == ["m-1"])
            #expect(run.modelOutputs == [ModelOutput("m-2", step: 3)])
            #expect(try await store.run(other).datasets.map(\.source) == ["s"])
            let twice = await #expect(throws: TrackingFault.self) {
                try await store.logOutputs([ModelOutput("m-3", step: 0), ModelOutput("m-2", step: 0)], run: id)
            }
            #expect(twice?.code == .badRequest)
            #expect(try await store.run(id).modelOutputs.count == 1)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `what is told of a dataset may not be too long`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            let id = try await store.makeRun()
            let long = DatasetInput(name: "d", digest: String(repeating: "1", count: 37), sourceType: "", source: "")
            await #expect(throws: TrackingFault.invalid("'digest' exceeds the maximum length of 36 characters")) {
                try await store.logInputs(datasets: [long], run: id)
            }
            await #expect(throws: TrackingFault.invalid("Invalid value \"bad id\" for parameter 'run_id' supplied.")) {
                try await store.logInputs(datasets: [], run: "bad id")
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a dataset with one tag twice is refused, and nothing of it kept`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            let id = try await store.makeRun()
            let tags = [KeyedText("a", "1"), KeyedText("a", "2")]
            let input = DatasetInput(name: "d", digest: "x", sourceType: "s", source: "s", tags: tags)
            let refusal = TrackingFault(
                .badRequest, "(sqlite3.IntegrityError) UNIQUE constraint failed: input_tags.input_uuid, input_tags.name")
            await #expect(throws: refusal) { try await store.logInputs(datasets: [input], run: id) }
            #expect(try await store.run(id).datasets.isEmpty)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `the history of models grows in its tag`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            let id = try await store.makeRun()
            let model = #"{"run_id":"r","artifact_path":"m","utc_time_created":"t","flavors":{"f":{"a":1.5,"config":2}}}"#
            for _ in 0..<2 { try await store.logModel(model, run: id) }
            let entry = #"{"run_id": "r", "artifact_path": "m", "utc_time_created": "t", "model_uuid": null, "flavors": {"f": {"a": 1.5}}}"#
            let special = model.replacing("1.5", with: "[NaN, -Infinity, 1e400]")
            try await store.logModel(special, run: id)
            let last = entry.replacing("1.5", with: "[NaN, -Infinity, Infinity]")
            try await store.logModel(model.replacing(#""t""#, with: "1"), run: id)
            let numbered = entry.replacing(#""t""#, with: #""1""#)
            let tag = try await store.run(id).tags.first { $0.key == "mlflow.log-model.history" }
            #expect(tag?.value == "[\(entry), \(entry), \(last), \(numbered)]")
            await #expect(throws: TrackingFault.invalid("Malformed model info. \n xx \n is not a valid JSON.")) {
                try await store.logModel("xx", run: id)
            }
            await #expect(throws: TrackingFault.invalid("Model json is missing mandatory fields: {'flavors', 'run_id'}")) {
                try await store.logModel(#"{"artifact_path":"m","utc_time_created":"t"}"#, run: id)
            }
        }
    }
}
