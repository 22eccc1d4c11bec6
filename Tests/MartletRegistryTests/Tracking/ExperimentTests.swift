import MartletRegistry
import MartletTesting
import Testing

struct ExperimentTests {
    @Test(arguments: DatabaseKind.all)
    func `every store has the default experiment`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            let found = try await store.experiment(0)
            #expect(
                found == Experiment(id: 0, name: "Default", artifactLocation: "mlflow-artifacts:/0", createdAt: 1000, updatedAt: 1000))
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a deleted default experiment stays deleted on reopening`(_ kind: DatabaseKind) async throws {
        try await kind.withPlace { place in
            try await TrackingStore(try await place.open()).deleteExperiment(0)
            #expect(try await TrackingStore(try await place.open()).experiment(0).stage == .deleted)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `an experiment is found by its identifier and its name, with its tags as they were set`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            let id = try await store.createExperiment(name: " é ", tags: [KeyedText("b", "1"), KeyedText("a", "")])
            try await store.setExperimentTag(KeyedText("b", "2"), experiment: id)
            let expected = Experiment(
                id: 1, name: " é ", artifactLocation: "mlflow-artifacts:/1", createdAt: 1000, updatedAt: 1000,
                tags: [KeyedText("b", "2"), KeyedText("a", "")])
            #expect(try await store.experiment(id) == expected)
            #expect(try await store.experiment(named: " é ") == expected)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a name is taken even where its experiment is deleted`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            try await store.deleteExperiment(try await store.createExperiment(name: "e"))
            let fault = await #expect(throws: TrackingFault.self) { try await store.createExperiment(name: "e") }
            #expect(fault?.code == .resourceAlreadyExists)
            #expect(fault?.message.hasPrefix("Experiment(name=e) already exists. Error: ") == true)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `tags are told apart by their bytes, also where Unicode has them as equivalent`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            let tags = [KeyedText("\u{c5}", "1"), KeyedText("\u{212b}", "2")]
            let id = try await store.createExperiment(name: "e", tags: tags)
            #expect(try await store.experiment(id).tags.map(\.value) == ["1", "2"])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `the same tag twice is refused as MLflow does it`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            let tags = [KeyedText("a", "1"), KeyedText("a", "2")]
            let fault = await #expect(throws: TrackingFault.self) { try await store.createExperiment(name: "e", tags: tags) }
            #expect(fault?.code == .resourceAlreadyExists)
            await #expect(throws: TrackingFault.missing("Could not find experiment with name 'e'")) {
                try await store.experiment(named: "e")
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `names, tags and places are refused in MLflow's words`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            let long = String(repeating: "x", count: 501)
            await #expect(throws: TrackingFault.invalid("'name' exceeds the maximum length of 500 characters")) {
                try await store.createExperiment(name: long)
            }
            await #expect(throws: TrackingFault.invalid("'value' exceeds the maximum length of 20000 characters")) {
                let tag = KeyedText("k", String(repeating: "v", count: 20_001))
                return try await store.createExperiment(name: "e", tags: [tag])
            }
            await #expect(throws: TrackingFault.invalid("Artifact location cannot be a runs:/ URI. Given: 'runs:/x'")) {
                try await store.createExperiment(name: "e", artifactLocation: "runs:/x")
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `renaming changes name and time, and is refused for deleted, unknown and taken`(_ kind: DatabaseKind) async throws {
        let clock = HandClock()
        try await kind.withStore(clock: clock) { store in
            let id = try await store.createExperiment(name: "a")
            clock.set(2000)
            try await store.renameExperiment(id, to: "b")
            let renamed = try await store.experiment(id)
            #expect(renamed.name == "b")
            #expect(renamed.updatedAt == 2000)
            let taken = await #expect(throws: TrackingFault.self) { try await store.renameExperiment(id, to: "Default") }
            #expect(taken?.code == .badRequest)
            await #expect(throws: TrackingFault.missing("No Experiment with id=77 exists")) {
                try await store.renameExperiment(77, to: "c")
            }
            try await store.deleteExperiment(id)
            await #expect(throws: TrackingFault(.invalidState, "Cannot rename a non-active experiment.")) {
                try await store.renameExperiment(id, to: "c")
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `deleting and restoring take all runs along, and are refused twice`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            let id = try await store.createExperiment(name: "e")
            let (kept, deleted) = (try await store.makeRun(experiment: id), try await store.makeRun(experiment: id))
            try await store.deleteRun(deleted)
            try await store.deleteExperiment(id)
            #expect(try await store.run(kept).info.stage == .deleted)
            await #expect(throws: TrackingFault.missing("No Experiment with id=1 exists")) { try await store.deleteExperiment(id) }
            try await store.restoreExperiment(id)
            #expect(try await store.run(kept).info.stage == .active)
            #expect(try await store.run(deleted).info.stage == .active)
            await #expect(throws: TrackingFault.missing("No Experiment with id=1 exists")) { try await store.restoreExperiment(id) }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `tags are refused for deleted experiments, and where there is none to delete`(_ kind: DatabaseKind) async throws {
        try await kind.withStore { store in
            await #expect(throws: TrackingFault.missing("No tag with name: k in experiment with id 0")) {
                try await store.deleteExperimentTag("k", experiment: 0)
            }
            try await store.setExperimentTag(KeyedText("k", "v"), experiment: 0)
            try await store.deleteExperimentTag("k", experiment: 0)
            #expect(try await store.experiment(0).tags == [])
            try await store.deleteExperiment(0)
            let refusal = TrackingFault.invalid("The experiment 0 must be in the 'active' state. Current state is deleted.")
            await #expect(throws: refusal) { try await store.setExperimentTag(KeyedText("k", "v"), experiment: 0) }
            await #expect(throws: refusal) { try await store.createRun(RunDraft(experiment: 0)) }
        }
    }

    @Test(arguments: [
        ("alRetention", "x", "Trace archival config must be encoded as a JSON object."),
        ("alRetention", "[]", "Trace archival config must be encoded as a JSON object."),
        ("alRetention", "{}", "Trace archival config must use type 'duration'."),
        (
            "alRetention", #"{"type":"duration","value":"03d"}"#,
            "Trace archival retention must be in the form `<int><unit>`, where unit is one of 'm', 'h', or 'd'."
        ),
        (
            "alRetention", #"{"type":"duration","value":"\#(String(repeating: "1", count: 32))d"}"#,
            "Trace archival duration must be at most 32 characters."
        ),
        ("eNow", "x", "Trace archival config must be encoded as a JSON object."),
        (
            "eNow", #"{"older_than":5}"#,
            "Trace archival retention must be in the form `<int><unit>`, where unit is one of 'm', 'h', or 'd'."
        ),
    ])
    func `a tag that says when to archive traces must be JSON that does`(key: String, value: String, message: String) async throws {
        let tag = KeyedText("mlflow.trace.archiv" + key, value)
        try await DatabaseKind.all[0].withStore { store in
            await #expect(throws: TrackingFault.invalid(message)) { try await store.setExperimentTag(tag, experiment: 0) }
        }
    }

    @Test func `a tag that says when to archive traces is kept as it is`() async throws {
        try await DatabaseKind.all[0].withStore { store in
            let tags = [
                KeyedText("mlflow.trace.archivalRetention", #"{"type":"duration","value":" 30d "}"#),
                KeyedText("mlflow.trace.archiveNow", "{}"), KeyedText("mlflow.trace.archivalLocation", "x"),
            ]
            for tag in tags { try await store.setExperimentTag(tag, experiment: 0) }
            #expect(Set(try await store.experiment(0).tags) == Set(tags))
        }
    }

    @Test func `identifiers are read as Python reads numbers`() throws {
        #expect(try TrackingStore.experimentID(parsing: " 01_0") == 10)
        #expect(throws: TrackingFault.invalid("Invalid experiment ID 'abc'. Experiment ID must be a valid integer.")) {
            try TrackingStore.experimentID(parsing: "abc")
        }
    }
}
