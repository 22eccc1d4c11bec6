import MartletTesting
import Testing

@testable import MartletRegistry

struct LoggedModelStoreTests {
    @Test(arguments: DatabaseKind.all)
    func `a model is made, finalized and found as a whole`(_ kind: DatabaseKind) async throws {
        let clock = HandClock()
        try await kind.withModels(clock: clock) { models, _ in
            let made = try await models.create(
                LoggedModelDraft(
                    experiment: 0, name: "n", type: "t", sourceRun: "r", parameters: [KeyedText("q", "2"), KeyedText("p", "1")],
                    tags: [KeyedText("b", ""), KeyedText("a", "x")]))
            #expect(made.id.hasPrefix("m-") && made.id.count == 34)
            #expect(made.artifactURI == "mlflow-artifacts:/0/models/\(made.id)/artifacts")
            #expect((made.status, made.createdAt, made.updatedAt) == (.pending, 1000, 1000))
            clock.set(2000)
            let final = try await models.finalize(made.id, .ready)
            var expected = made
            (expected.status, expected.updatedAt) = (.ready, 2000)
            #expect(final == expected)
            #expect(final.parameters.map(\.key) == ["p", "q"])
            #expect(final.tags.map(\.key) == ["a", "b"])
            #expect(try await models.model(made.id) == expected)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a model without a name gets one`(_ kind: DatabaseKind) async throws {
        try await kind.withModels { models, _ in
            let name = try await models.create(LoggedModelDraft(experiment: 0)).name
            #expect(name.split(separator: "-").count == 3)
        }
    }

    @Test(arguments: ["", "a/b", "a:b", "a.b", "a%b", "a\"b", "a'b"])
    func `a name that would be a path or a reference is refused`(_ name: String) async throws {
        try await DatabaseKind.all[0].withModels { models, _ in
            let refusal = TrackingFault.invalid(
                "Invalid model name (\(PythonText.quoted(name))) provided. Model name must be a non-empty string and cannot contain the "
                    + "following characters: ('/', ':', '.', '%', '\"', \"'\")")
            await #expect(throws: refusal) { try await models.make(name) }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `an experiment must be there and active`(_ kind: DatabaseKind) async throws {
        try await kind.withModels { models, tracking in
            await #expect(throws: TrackingFault.missing("No Experiment with id=77 exists")) { try await models.make("a", experiment: 77) }
            let id = try await tracking.createExperiment(name: "e")
            try await tracking.deleteExperiment(id)
            let refusal = TrackingFault.invalid("The experiment \(id) must be in the 'active' state. Current state is deleted.")
            await #expect(throws: refusal) { try await models.make("a", experiment: id) }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `two equal keys are refused, and leave nothing`(_ kind: DatabaseKind) async throws {
        let twice = [KeyedText("a", "1"), KeyedText("a", "1")]
        try await kind.withModels { models, _ in
            await #expect(throws: TrackingFault.self) { try await models.make("a", parameters: twice) }
            await #expect(throws: TrackingFault.self) { try await models.make("a", tags: twice) }
            let names = try await models.names()
            #expect(names == [])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a deleted model is hidden, and can still be changed`(_ kind: DatabaseKind) async throws {
        try await kind.withModels { models, _ in
            let id = try await models.make("a")
            for _ in 0..<2 { try await models.delete(id) }
            await #expect(throws: TrackingFault.missing("Logged model with ID '\(id)' not found.")) { try await models.model(id) }
            #expect(try await models.finalize(id, .uploadFailed).status == .uploadFailed)
            try await models.setTags([KeyedText("t", "1")], of: id)
            #expect(try await models.model(id, withDeleted: true).tags == [KeyedText("t", "1")])
            #expect(try await models.names() == [])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `what is not there is refused`(_ kind: DatabaseKind) async throws {
        try await kind.withModels { models, _ in
            let refusal = TrackingFault.missing("Logged model with ID 'm-x' not found.")
            await #expect(throws: refusal) { try await models.model("m-x", withDeleted: true) }
            await #expect(throws: refusal) { try await models.finalize("m-x", .ready) }
            await #expect(throws: refusal) { try await models.delete("m-x") }
            await #expect(throws: refusal) { try await models.setTags([], of: "m-x") }
            await #expect(throws: refusal) { try await models.deleteTag("t", of: "m-x") }
            await #expect(throws: refusal) { try await models.logParameters([], of: "m-x") }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `tags are set anew, of equal keys to the last, and deleted once`(_ kind: DatabaseKind) async throws {
        try await kind.withModels { models, _ in
            let id = try await models.make("a", tags: [KeyedText("t", "1")])
            try await models.setTags([KeyedText("t", "2"), KeyedText("a$", "x"), KeyedText("t", "3")], of: id)
            #expect(try await models.model(id).tags == [KeyedText("a$", "x"), KeyedText("t", "3")])
            try await models.deleteTag("t", of: id)
            let refusal = TrackingFault.missing("No tag with key 't' found for model with ID '\(id)'.")
            await #expect(throws: refusal) { try await models.deleteTag("t", of: id) }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a parameter is logged once, even with an equal value`(_ kind: DatabaseKind) async throws {
        try await kind.withModels { models, _ in
            let id = try await models.make("a", parameters: [KeyedText("p", "1")])
            await #expect(throws: TrackingFault.self) {
                try await models.logParameters([KeyedText("q", "1"), KeyedText("p", "1")], of: id)
            }
            try await models.logParameters([KeyedText("r", "1")], of: id)
            #expect(try await models.model(id).parameters.map(\.key) == ["p", "r"])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `versions of registered models are kept in a tag, each once`(_ kind: DatabaseKind) async throws {
        try await kind.withModels { models, tracking in
            let id = try await models.make("a")
            for (name, version) in [("m", 1), ("m", 2), ("é", 1), ("m", 2)] as [(String, Int64)] {
                try await tracking.write { try models.note(version: version, of: name, on: id, in: $0) }
            }
            let expected = #"[{"name": "m", "version": 1}, {"name": "m", "version": 2}, {"name": "\u00e9", "version": 1}]"#
            #expect(try await models.model(id).tags == [KeyedText("mlflow.modelVersions", expected)])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a tag of versions that cannot be read begins anew`(_ kind: DatabaseKind) async throws {
        try await kind.withModels { models, tracking in
            let id = try await models.make("a", tags: [KeyedText(LoggedModelStore.versionsTag, "?")])
            try await tracking.write { try models.note(version: 3, of: "m", on: id, in: $0) }
            #expect(try await models.model(id).tags.map(\.value) == [#"[{"name": "m", "version": 3}]"#])
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a store opened again has what was there`(_ kind: DatabaseKind) async throws {
        try await kind.withModels { models, tracking in
            let id = try await models.make("a")
            #expect(try await LoggedModelStore(tracking).model(id).name == "a")
        }
    }
}
