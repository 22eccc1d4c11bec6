import MartletRegistry
import MartletTesting
import Testing

struct ArtifactLocationTests {
    private static func hostRefusal(_ scheme: String) -> String {
        "'artifact_location' cannot use the '\(scheme)' scheme: the '\(scheme)' scheme addresses a host other than the tracking server's "
            + "configured artifact storage, so the server would connect to the host named in the URI. Set the "
            + "MLFLOW_ALLOWED_HOST_ADDRESSED_ARTIFACT_SCHEMES environment variable on the server to allow it."
    }

    @Test(arguments: [
        ("s3://b/p;x", "s3://b/p;x"), ("some/rel", "/work-folder/some/rel"), ("/abs", "/abs"), ("file:///x", "file:///x"),
        ("mlflow-artifacts:/custom", "mlflow-artifacts:/custom"), ("s3://b/p?a=b", "s3://b/p?a=b"), ("RUNS:/x", "RUNS:/x"),
        ("./rel//l/", "/work-folder/rel/l"), ("file:rel/l", "file:///work-folder/rel/l"), ("file:/x", "file:/x"),
        ("file://localhost/x", "file://localhost/x"),
    ])
    func `places are kept, and relative ones resolved`(_ given: String, _ kept: String) async throws {
        try await DatabaseKind.all[0].withStore { store in
            let id = try await store.createExperiment(name: "e", artifactLocation: given)
            #expect(try await store.experiment(id).artifactLocation == kept)
        }
    }

    @Test(arguments: [
        ("s3://b/p#f", "'artifact_location' URL can't include fragments or params."),
        ("/p;x", "'artifact_location' URL can't include fragments or params."),
        ("s3://b/p?x=%252e%252e", "Invalid query string"),
        ("ftp://h/p", hostRefusal("ftp")), ("mlflow-artifacts://h/p", hostRefusal("mlflow-artifacts")), ("HTTPS://h", hostRefusal("https")),
        ("runs:/x", "Artifact location cannot be a runs:/ URI. Given: 'runs:/x'"),
        (
            "file://host/x",
            "file://host/x is not a valid remote uri. For remote access on windows, please consider using a different scheme such as SMB "
                + "(e.g. smb://<hostname>/<path>)."
        ),
        (
            "/" + String(repeating: "x", count: 2048),
            "Invalid artifact path length. The length of the artifact path cannot be greater than 2048 characters. To configure this "
                + "limit, please set the MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH environment variable."
        ),
    ])
    func `other places are refused`(_ given: String, _ message: String) async throws {
        try await DatabaseKind.all[0].withStore { store in
            await #expect(throws: TrackingFault.invalid(message)) { try await store.createExperiment(name: "e", artifactLocation: given) }
        }
    }

    @Test(arguments: [
        ("s3://b/p?x=1", "s3://b/p/%/artifacts?x=1"), ("/abs/", "/abs/%/artifacts"), ("s3://b", "s3://b/%/artifacts"),
        ("mlflow-artifacts:/c", "mlflow-artifacts:/c/%/artifacts"), ("mlflow-artifacts:///c/z", "mlflow-artifacts:/c/z/%/artifacts"),
        ("mlflow-artifacts:c", "mlflow-artifacts:c/%/artifacts"), ("file:/tmp/l", "file:///tmp/l/%/artifacts"),
        ("file:////x", "file://x/%/artifacts"), ("RUNS:/x", "runs:/x/%/artifacts"),
        ("dbfs:///x", "dbfs:/x/%/artifacts"), ("file:/x?a=b", "file:///x/%/artifacts?a=b"), ("//x/y", "//x/y/%/artifacts"),
    ])
    func `a run's artifacts lie in its experiment's place`(_ place: String, _ expected: String) async throws {
        try await DatabaseKind.all[0].withStore { store in
            let id = try await store.createExperiment(name: "e", artifactLocation: place)
            let run = try await store.createRun(RunDraft(experiment: id)).info
            #expect(run.artifactURI == expected.replacing("%", with: run.id))
        }
    }
}
