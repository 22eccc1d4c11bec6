import Foundation
import MartletCore
import MartletRegistry
import MartletTesting
import Testing

struct VersionSourceTests {
    private static func refusal(_ source: String, _ reason: String) -> TrackingFault {
        .invalid("Invalid model version source: '\(source)'. \(reason)")
    }

    private static func unidentified(_ source: String, by field: String = "run_id") -> TrackingFault {
        refusal(source, "The \(field) request parameter must identify the resource that contains the source.")
    }

    private static func notAbsolute(_ source: String) -> TrackingFault {
        refusal(
            source,
            "If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be "
                + "provided without relative path references present. Please provide an absolute path.")
    }

    private static func notLocal(_ source: String, _ field: String = "run_id") -> TrackingFault {
        refusal(
            source,
            "To use a local path as a model version source, the \(field) request parameter has to be specified and the local path has to be "
                + "contained within the artifact directory of the run specified by the \(field).")
    }

    @Test(arguments: [
        "s3://b/a", "s3:/a", "s3://b/a//c/", "s3://b/a..c/d", "s3://b/a%252e%252e/x", "s3://b/a+b", "s3://b/a?q=../x", "dbfs:/a",
        "unknown:/a",
    ])
    func `places elsewhere are kept as they were written`(source: String) async throws {
        try await DatabaseKind.all[0].withRegistry { registry, _ in
            try await registry.makeModel()
            #expect(try await registry.makeVersion(source: source, run: "no run").source == source)
            #expect(try await registry.downloadURI(of: ModelVersionID("m", 1)) == source)
        }
    }

    @Test(arguments: [
        "s3://b", "s3://b/", "s3:a", "s3://b/./a", "s3://b/../a", "gs://b/%2e%2e/a", "s3://b/a/%252e%252e/x", "s3://b/a%00",
        "s3://b/a/..?x",
        "databricks", "C:\\x", "runs:x/y", "mlflow-artifacts:x",
    ])
    func `paths that are not whole, or lead elsewhere, are refused`(source: String) async throws {
        try await DatabaseKind.all[0].withRegistry { registry, _ in
            try await registry.makeModel()
            await #expect(throws: Self.notAbsolute(source)) { try await registry.makeVersion(source: source) }
        }
    }

    @Test(arguments: ["http://h/x", "ftp:///x", "mlflow-artifacts://h/x", "HTTPS://h/x"])
    func `hosts that the server would talk to are refused unless they are allowed`(source: String) async throws {
        try await DatabaseKind.all[0].withRegistry { registry, _ in
            try await registry.makeModel()
            let fault = await #expect(throws: TrackingFault.self) { try await registry.makeVersion(source: source) }
            #expect(fault?.message.hasPrefix("'source' cannot use the '") == true)
        }
        try await DatabaseKind.all[0].withDatabase { database in
            var options = TrackingOptions()
            options.allowedHostSchemes = ["http", "https", "ftp"]
            let registry = try await ModelRegistry(try await TrackingStore(database, options: options))
            try await registry.makeModel()
            if !source.hasPrefix("mlflow") { #expect(try await registry.makeVersion(source: source).source == source) }
            let proxied = "http://h/api/2.0/mlflow-artifacts/artifacts/1"
            await #expect(throws: Self.unidentified(proxied)) { try await registry.makeVersion(source: proxied) }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `artifacts of a run are its own`(_ kind: DatabaseKind) async throws {
        try await kind.withRegistry { registry, store in
            try await registry.makeModel()
            let (run, other) = (try await store.makeRun(), try await store.makeRun())
            let root = "mlflow-artifacts:/0/\(run)/artifacts"
            for source in ["\(root)/model", root, "\(root)//model/", "\(root)/%6dodel", "mlflow-artifacts:///0/\(run)/artifacts/x"] {
                #expect(try await registry.makeVersion(source: source, run: run).run == run)
            }
            for source in ["\(root)x", "mlflow-artifacts:/0", "mlflow-artifacts:/0/\(other)/artifacts/model"] {
                await #expect(throws: Self.unidentified(source)) { try await registry.makeVersion(source: source, run: run) }
            }
            for wrong in [nil, "", "unknown", other] {
                await #expect(throws: Self.unidentified(root)) { try await registry.makeVersion(source: root, run: wrong) }
            }
            #expect(try await registry.makeVersion(source: "runs:/\(run)/model", run: run).source == "runs:/\(run)/model")
            for wrong in [nil, other] {
                await #expect(throws: Self.unidentified("runs:/\(run)/model")) {
                    try await registry.makeVersion(source: "runs:/\(run)/model", run: wrong)
                }
            }
            await #expect(throws: Self.unidentified("runs://h/\(run)")) {
                try await registry.makeVersion(source: "runs://h/\(run)", run: run)
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `files are those below the run's folder, through links too`(_ kind: DatabaseKind) async throws {
        try await withTemporaryFolder { folder in
            try await kind.withRegistry { registry, store in
                let experiment = try await store.createExperiment(name: "local", artifactLocation: "file://\(folder)")
                let run = try await store.makeRun(experiment: experiment)
                let root = "\(folder)/\(run)/artifacts"
                try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
                try FileManager.default.createSymbolicLink(atPath: "\(root)/out", withDestinationPath: "../..")
                try FileManager.default.createSymbolicLink(atPath: "\(root)/ring", withDestinationPath: "ring")
                try await registry.makeModel()
                for source in [
                    "\(root)/model", "file://\(root)/model/..", "file://localhost\(root)/%6dodel", "\(root)/out/\(run)/artifacts",
                ] {
                    #expect(try await registry.makeVersion(source: source, run: run).source == source)
                }
                for source in ["\(root)/../x", "\(root)/out/x", "\(root)/%2e%2e/x", "x", folder, "file:///"] {
                    await #expect(throws: Self.notLocal(source)) { try await registry.makeVersion(source: source, run: run) }
                }
                await #expect(throws: Self.notLocal(root)) { try await registry.makeVersion(source: root) }
                await #expect(throws: Self.unidentified(root)) { try await registry.makeVersion(source: root, run: "unknown") }
                for source in ["\(root)/ring", "\(root)/%00"] {
                    await #expect(throws: TrackingFault.self) { try await registry.makeVersion(source: source, run: run) }
                }
                let proxied = try await store.makeRun()
                await #expect(throws: Self.notLocal(root)) { try await registry.makeVersion(source: root, run: proxied) }
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a version of a version has its files and its run`(_ kind: DatabaseKind) async throws {
        try await kind.withRegistry { registry, _ in
            try await registry.makeModel("m")
            try await registry.makeModel("n")
            try await registry.makeVersion(source: "s3://b/1", run: "r")
            try await registry.setAlias("a", to: ModelVersionID("m", 1))
            for source in ["models:/m/1", "models:/m@a", "models:/m/latest", "models:/m/none", "models:/m@latest", "models:/m/1?x"] {
                let version = try await registry.makeVersion(of: "n", source: source)
                #expect(version.source == "models:/m/1")
                #expect(version.run == "r")
                #expect(try await registry.downloadURI(of: ModelVersionID("n", version.version)) == "s3://b/1")
            }
            let again = try await registry.makeVersion(of: "n", source: "models:/n/1", run: "r")
            #expect(try await registry.downloadURI(of: ModelVersionID("n", again.version)) == "s3://b/1")
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `versions of versions that are not there, or not the client's, are refused`(_ kind: DatabaseKind) async throws {
        try await kind.withRegistry { registry, _ in
            try await registry.makeModel("m", versions: 1)
            _ = try await registry.createModel("p", tags: [KeyedText("mlflow.prompt.is_prompt", "True")])
            let mismatch = Self.refusal(
                "models:/m/1", "The run_id and model_id request parameters must match the referenced model version.")
            let cases: [(String, TrackingFault)] = [
                ("models:/m/9", .missing("Model Version (name=m, version=9) not found")),
                ("models:/x/1", .missing("Registered Model with name=x not found")),
                ("models:/m@x", .invalid("Registered model alias x not found.")),
                ("models:/m/Staging", .missing("No versions of model with name 'm' and stage 'Staging' found")),
                ("models:/m/x", .invalid("Invalid Model Version stage: x. Value must be one of None, Staging, Production, Archived.")),
                ("models://h/m/1", Self.refusal("models://h/m/1", "Registered model sources must use the active model registry.")),
                ("models:/p/1", Self.refusal("models:/p/1", "Prompt versions cannot be used as model version sources.")),
            ]
            for (source, fault) in cases { await #expect(throws: fault) { try await registry.makeVersion(source: source) } }
            for source in ["models:/", "models:m/1", "models:/a/b/c", "models:/m/1/", "models:/m@", "models:/m-1"] {
                await #expect(throws: Self.unidentified(source, by: "model_id")) { try await registry.makeVersion(source: source) }
            }
            await #expect(throws: mismatch) { try await registry.makeVersion(source: "models:/m/1", run: "other") }
            let modelled = ModelVersionDraft(model: "m", source: "models:/m/1", loggedModel: "m-1")
            await #expect(throws: mismatch) { try await registry.createVersion(modelled) }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `a logged model becomes a version, and is told`(_ kind: DatabaseKind) async throws {
        let models = LoggedModels(["m-1": LoggedModelPlace(artifactLocation: "mlflow-artifacts:/0/models/m-1/artifacts", sourceRun: "r")])
        try await kind.withRegistry(loggedModels: models) { registry, _ in
            try await registry.makeModel()
            for source in ["models:/m-1", "mlflow-artifacts:/0/models/m-1/artifacts/", "s3://b/x"] {
                #expect(try await registry.createVersion(ModelVersionDraft(model: "m", source: source, loggedModel: "m-1")).run == "r")
            }
            #expect(try await registry.downloadURI(of: ModelVersionID("m", 1)) == "mlflow-artifacts:/0/models/m-1/artifacts")
            #expect(models.noted == ["m/1 m-1", "m/2 m-1", "m/3 m-1"])
            for (source, fault) in [
                ("models:/m-2", Self.unidentified("models:/m-2", by: "model_id")), ("/x", Self.notLocal("/x", "model_id")),
                ("runs:/r/x", Self.unidentified("runs:/r/x", by: "model_id")),
                ("mlflow-artifacts:/0/models/m-2", Self.unidentified("mlflow-artifacts:/0/models/m-2", by: "model_id")),
            ] {
                await #expect(throws: fault) {
                    try await registry.createVersion(ModelVersionDraft(model: "m", source: source, loggedModel: "m-1"))
                }
            }
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `logged models that nobody knows are refused as unknown`(_ kind: DatabaseKind) async throws {
        try await kind.withRegistry { registry, _ in
            try await registry.makeModel()
            for source in ["s3://b/x", "models:/m-9"] {
                await #expect(throws: TrackingFault.missing("Logged model with ID 'm-9' not found.")) {
                    try await registry.createVersion(ModelVersionDraft(model: "m", source: source, loggedModel: "m-9"))
                }
            }
            #expect(try await registry.makeVersion().version == 1)
        }
    }

    @Test(arguments: DatabaseKind.all)
    func `prompts have placeholders as sources`(_ kind: DatabaseKind) async throws {
        try await kind.withRegistry { registry, _ in
            try await registry.makeModel()
            let tags = [KeyedText("mlflow.prompt.is_prompt", "TRUE")]
            let made = try await registry.createVersion(ModelVersionDraft(model: "m", source: "dummy-source", tags: tags))
            #expect(made.source == "dummy-source")
            let refusal = TrackingFault.invalid("Invalid prompt source: 's3://b/x'. Prompt sources must use an MLflow placeholder.")
            await #expect(throws: refusal) {
                try await registry.createVersion(ModelVersionDraft(model: "m", source: "s3://b/x", tags: tags))
            }
        }
    }

    @Test func `sources must match the pattern where there is one, and may not be endless`() async throws {
        try await DatabaseKind.all[0].withRegistry(sourcePattern: "^s3://b[12]/") { registry, store in
            try await registry.makeModel()
            #expect(try await registry.makeVersion(source: "s3://b1/x").version == 1)
            await #expect(throws: TrackingFault.invalid("Invalid model version source: 's3://b3/x'.")) {
                try await registry.makeVersion(source: "s3://b3/x")
            }
            let nested = "s3://b1/%" + String(repeating: "25", count: 4096)
            await #expect(throws: TrackingFault.invalid("'source' exceeds the maximum length of 4096 characters")) {
                try await registry.makeVersion(source: nested)
            }
            let fault = await #expect(throws: MartletError.self) { try await ModelRegistry(store, sourcePattern: "(") }
            #expect(fault?.code == .invalidInput)
        }
    }
}
