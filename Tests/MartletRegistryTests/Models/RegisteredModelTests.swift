import MartletRegistry
import MartletTesting
import Testing

struct RegisteredModelTests {
    @Test(arguments: DatabaseKind.all)
    func `a model has what it was made with, and of equal tags the last`(_ kind: DatabaseKind) async throws {
        try await kind.withRegistry { registry, _ in
            let tags = [KeyedText("b", "1"), KeyedText("a", ""), KeyedText("b", "2")]
            let made = try await registry.createModel(" é ", description: "d", tags: tags)
            var expected = RegisteredModel(name: " é ", description: "d", createdAt: 1000, updatedAt: 1000)
            expected.tags = [KeyedText("a", ""), KeyedText("b", "2")]
            #expect(made == expected)
            #expect(try await registry.model(" é ") == expected)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `names that are taken are refused, and models and prompts told apart`(_ kind: DatabaseKind) async throws {
        try await kind.withRegistry { registry, _ in
            let prompt = [KeyedText("mlflow.prompt.is_prompt", "true")]
            try await registry.makeModel("m")
            _ = try await registry.createModel("p", tags: prompt)
            let clash = { (new: String, name: String, old: String) in
                "Tried to create a \(new) with name '\(name)', but the name is already taken by a \(old). MLflow does not allow creating a "
                    + "model and a prompt with the same name."
            }
            let cases: [(String, [KeyedText], String)] = [
                ("m", [], "Registered Model (name=m) already exists."), ("p", prompt, "Prompt (name=p) already exists."),
                ("p", [], clash("registered model", "p", "prompt")), ("m", prompt, clash("prompt", "m", "registered model")),
            ]
            for (name, tags, message) in cases {
                await #expect(throws: TrackingFault(.resourceAlreadyExists, message)) { try await registry.createModel(name, tags: tags) }
            }
        }
    }

    @Test(
        arguments: DatabaseKind.all,
        [
            ("", "Missing value for required parameter 'name'."), (" \t", "Missing value for required parameter 'name'."),
            ("a/b", "Invalid model name 'a/b'. Names cannot contain '/' or ':'."),
            ("a:b", "Invalid model name 'a:b'. Names cannot contain '/' or ':'."),
            (
                "..",
                "Invalid value \"..\" for parameter 'name' supplied: Names may be treated as files in certain cases, and must not resolve to "
                    + "other names when treated as such. This name would resolve to '..'"
            ), (String(repeating: "x", count: 501), "'name' exceeds the maximum length of 500 characters"),
        ])
    func `names that are none are refused in MLflow's words`(_ kind: DatabaseKind, refusal: (name: String, message: String)) async throws {
        try await kind.withRegistry { registry, _ in
            await #expect(throws: TrackingFault.invalid(refusal.message)) { try await registry.createModel(refusal.name) }
            await #expect(throws: TrackingFault.invalid(refusal.message)) { try await registry.model(refusal.name) }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a description is changed and taken away, and the time with it`(_ kind: DatabaseKind) async throws {
        let clock = HandClock()
        try await kind.withRegistry(clock: clock) { registry, _ in
            try await registry.makeModel()
            clock.set(2000)
            #expect(try await registry.updateModel("m", description: "new").description == "new")
            let cleared = try await registry.updateModel("m", description: nil)
            #expect(cleared == RegisteredModel(name: "m", description: nil, createdAt: 1000, updatedAt: 2000))
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `renaming takes versions, tags and aliases along`(_ kind: DatabaseKind) async throws {
        let clock = HandClock()
        try await kind.withRegistry(clock: clock) { registry, _ in
            try await registry.makeModel("m", versions: 1)
            try await registry.makeModel("other")
            try await registry.setModelTag(KeyedText("k", "v"), model: "m")
            try await registry.setAlias("champion", to: ModelVersionID("m", 1))
            clock.set(2000)
            let renamed = try await registry.renameModel("m", to: "n")
            #expect(renamed.tags == [KeyedText("k", "v")])
            #expect(renamed.aliases == [ModelAlias("champion", version: 1)])
            #expect(renamed.latestVersions.map { ModelVersionID($0.model, $0.version) } == [ModelVersionID("n", 1)])
            #expect(renamed.latestVersions.map(\.updatedAt) == [2000])
            #expect(try await registry.renameModel("n", to: "n").name == "n")
            await #expect(throws: TrackingFault.missing("Registered Model with name=m not found")) { try await registry.model("m") }
            let taken = await #expect(throws: TrackingFault.self) { try await registry.renameModel("n", to: "other") }
            #expect(taken?.code == .resourceAlreadyExists)
            #expect(taken?.message.hasPrefix("Registered Model (name=other) already exists. Error: ") == true)
            await #expect(throws: TrackingFault.invalid("Missing value for required parameter 'new_name'.")) {
                try await registry.renameModel("n", to: " ")
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a deleted model is gone with all it had, and its name begins anew`(_ kind: DatabaseKind) async throws {
        try await kind.withRegistry { registry, _ in
            try await registry.makeModel("m", versions: 2)
            try await registry.setAlias("a", to: ModelVersionID("m", 1))
            try await registry.setVersionTag(KeyedText("k", "v"), version: ModelVersionID("m", 2))
            try await registry.setModelTag(KeyedText("k", "v"), model: "m")
            try await registry.deleteModel("m")
            await #expect(throws: TrackingFault.missing("Registered Model with name=m not found")) { try await registry.deleteModel("m") }
            try await registry.makeModel("m")
            #expect(try await registry.model("m") == RegisteredModel(name: "m", description: nil, createdAt: 1000, updatedAt: 1000))
            #expect(try await registry.makeVersion().version == 1)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `the latest version of each stage is found, of those asked for in any case`(_ kind: DatabaseKind) async throws {
        try await kind.withRegistry { registry, _ in
            try await registry.makeModel("m", versions: 5)
            for (version, stage) in [(1, "Staging"), (2, "staging"), (4, "PRODUCTION")] {
                _ = try await registry.moveVersion(ModelVersionID("m", Int64(version)), to: stage)
            }
            try await registry.setAlias("a", to: ModelVersionID("m", 2))
            try await registry.deleteVersion(ModelVersionID("m", 5))
            #expect(try await registry.model("m").latestVersions.map(\.version) == [2, 3, 4])
            #expect(try await registry.model("m").latestVersions.map(\.aliases) == [[], [], []])
            let some = try await registry.latestVersions(of: "m", stages: ["none", "Staging", "archived"])
            #expect(some.map(\.version) == [2, 3])
            #expect(some.map(\.aliases) == [["a"], []])
            let message = "Invalid Model Version stage: bogus. Value must be one of None, Staging, Production, Archived."
            await #expect(throws: TrackingFault.invalid(message)) { try await registry.latestVersions(of: "m", stages: ["bogus"]) }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `tags are set, changed and deleted, twice too, and leave the time alone`(_ kind: DatabaseKind) async throws {
        let clock = HandClock()
        try await kind.withRegistry(clock: clock) { registry, _ in
            try await registry.makeModel()
            clock.set(2000)
            for tag in [KeyedText("k", "1"), KeyedText("k", "2"), KeyedText("l", "")] { try await registry.setModelTag(tag, model: "m") }
            #expect(try await registry.model("m").tags == [KeyedText("k", "2"), KeyedText("l", "")])
            try await registry.deleteModelTag("l", model: "m")
            try await registry.deleteModelTag("l", model: "m")
            #expect(try await registry.model("m").tags == [KeyedText("k", "2")])
            #expect(try await registry.model("m").updatedAt == 1000)
            await #expect(throws: TrackingFault.missing("Registered Model with name=x not found")) {
                try await registry.setModelTag(KeyedText("k", "v"), model: "x")
            }
            await #expect(throws: TrackingFault.invalid("'value' exceeds the maximum length of 100000 characters")) {
                try await registry.setModelTag(KeyedText("k", String(repeating: "v", count: 100_001)), model: "m")
            }
        }
    }
}
