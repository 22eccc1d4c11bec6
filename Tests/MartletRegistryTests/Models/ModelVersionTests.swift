import MartletRegistry
import MartletTesting
import Testing

struct ModelVersionTests {
    @Test(arguments: DatabaseKind.all)
    func `versions are numbered from 1, and no number is given twice`(_ kind: DatabaseKind) async throws {
        let clock = HandClock()
        try await kind.withRegistry(clock: clock) { registry, _ in
            try await registry.makeModel("m", versions: 2)
            try await registry.deleteVersion(ModelVersionID("m", 2))
            clock.set(2000)
            let draft = ModelVersionDraft(
                model: "m", source: "s3://b/x", run: "r", runLink: "l", description: "d", tags: [KeyedText("k", "1"), KeyedText("k", "2")])
            var expected = ModelVersion(
                model: "m", version: 3, createdAt: 2000, updatedAt: 2000, description: "d", stage: .unstaged, source: "s3://b/x", run: "r",
                runLink: "l")
            expected.tags = [KeyedText("k", "2")]
            #expect(try await registry.createVersion(draft) == expected)
            #expect(try await registry.version(ModelVersionID("m", 3)) == expected)
            #expect(try await registry.model("m").updatedAt == 2000)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `unknown and deleted versions are refused, and those of unknown models`(_ kind: DatabaseKind) async throws {
        try await kind.withRegistry { registry, _ in
            try await registry.makeModel("m", versions: 1)
            try await registry.deleteVersion(ModelVersionID("m", 1))
            for id in [ModelVersionID("m", 1), ModelVersionID("m", 99), ModelVersionID("nope", 1)] {
                let refusal = TrackingFault.missing("Model Version (name=\(id.model), version=\(id.version)) not found")
                await #expect(throws: refusal) { try await registry.version(id) }
                await #expect(throws: refusal) { try await registry.deleteVersion(id) }
                await #expect(throws: refusal) { try await registry.setVersionTag(KeyedText("k", "v"), version: id) }
                await #expect(throws: refusal) { try await registry.downloadURI(of: id) }
            }
            await #expect(throws: TrackingFault.missing("Registered Model with name=nope not found")) {
                try await registry.makeVersion(of: "nope")
            }
        }
    }

    @Test func `numbers of versions are read as Python reads them`() throws {
        #expect(try ModelVersionID(model: "m", version: " 01") == ModelVersionID("m", 1))
        #expect(throws: TrackingFault.invalid("Parameter 'version' must be an integer, got 'x'.")) {
            try ModelVersionID(model: "m", version: "x")
        }
        #expect(throws: TrackingFault.invalid("Missing value for required parameter 'name'.")) {
            try ModelVersionID(model: "", version: "")
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a description is changed, and gone where none is named`(_ kind: DatabaseKind) async throws {
        let clock = HandClock()
        try await kind.withRegistry(clock: clock) { registry, _ in
            try await registry.makeModel("m", versions: 1)
            clock.set(2000)
            let id = ModelVersionID("m", 1)
            #expect(try await registry.updateVersion(id, description: "new").description == "new")
            #expect(try await registry.updateVersion(id, description: nil).description == nil)
            #expect(try await registry.version(id).updatedAt == 2000)
            #expect(try await registry.model("m").updatedAt == 1000)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a version moves to a stage, and the others there to the archive where that is asked`(_ kind: DatabaseKind) async throws {
        let clock = HandClock()
        try await kind.withRegistry(clock: clock) { registry, _ in
            try await registry.makeModel("m", versions: 3)
            try await registry.makeModel("other", versions: 1)
            for id in [ModelVersionID("m", 1), ModelVersionID("m", 2), ModelVersionID("other", 1)] {
                _ = try await registry.moveVersion(id, to: "Production")
            }
            clock.set(2000)
            let moved = try await registry.moveVersion(ModelVersionID("m", 2), to: "PRODUCTION", archivesOthers: true)
            #expect(moved.stage == .production)
            let archived = try await registry.version(ModelVersionID("m", 1))
            #expect(archived.stage == .archived)
            #expect(archived.updatedAt == 2000)
            #expect(try await registry.version(ModelVersionID("m", 3)).updatedAt == 1000)
            #expect(try await registry.version(ModelVersionID("other", 1)).stage == .production)
            #expect(try await registry.model("m").updatedAt == 2000)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `only active stages make others leave, and a refused move changes nothing`(_ kind: DatabaseKind) async throws {
        try await kind.withRegistry { registry, _ in
            try await registry.makeModel("m", versions: 1)
            _ = try await registry.moveVersion(ModelVersionID("m", 1), to: "Staging")
            let message =
                "Model version transition cannot archive existing model versions because 'none' is not an Active stage. Valid stages are "
                + "['Staging', 'Production']"
            await #expect(throws: TrackingFault.invalid(message)) {
                try await registry.moveVersion(ModelVersionID("m", 1), to: "none", archivesOthers: true)
            }
            await #expect(throws: TrackingFault.missing("Model Version (name=m, version=9) not found")) {
                try await registry.moveVersion(ModelVersionID("m", 9), to: "Staging", archivesOthers: true)
            }
            #expect(try await registry.version(ModelVersionID("m", 1)).stage == .staging)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `tags of versions are set and deleted, twice too`(_ kind: DatabaseKind) async throws {
        try await kind.withRegistry { registry, _ in
            try await registry.makeModel("m", versions: 1)
            let id = ModelVersionID("m", 1)
            try await registry.setVersionTag(KeyedText("k", "1"), version: id)
            try await registry.setVersionTag(KeyedText("k", "2"), version: id)
            #expect(try await registry.version(id).tags == [KeyedText("k", "2")])
            try await registry.deleteVersionTag("k", version: id)
            try await registry.deleteVersionTag("k", version: id)
            #expect(try await registry.version(id).tags == [])
            let long = KeyedText("mlflow.prompt.text", String(repeating: "v", count: 100_001))
            await #expect(throws: TrackingFault.invalid("Prompt text exceeds max length of 100000 characters.")) {
                try await registry.setVersionTag(long, version: id)
            }
        }
    }
}
