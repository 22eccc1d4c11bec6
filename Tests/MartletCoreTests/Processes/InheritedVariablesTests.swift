import Testing

@testable import MartletCore

struct InheritedVariablesTests {
    @Test(
        arguments: [
            "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY",
            "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN", "PGPASSWORD", "HF_TOKEN", "OPENAI_API_KEY", "github_token",
            "GOOGLE_APPLICATION_CREDENTIALS",
        ])
    func `a secret is seen by those models alone that name it`(name: String) {
        #expect(InheritedVariables.passed([], of: [name: "s", "PATH": "/bin"]) == ["PATH": "/bin"])
        #expect(InheritedVariables.passed([name], of: [name: "s"]) == [name: "s"])
    }

    @Test(arguments: ["PATH", "HOME", "TOKENIZERS_PARALLELISM", "AWS_REGION", "MLFLOW_TRACKING_URI", "KEYBOARD", "OMP_NUM_THREADS"])
    func `what is no secret is inherited`(name: String) {
        #expect(InheritedVariables.passed([], of: [name: "v"]) == [name: "v"])
    }

    @Test func `this program's own variables are nobody's`() {
        #expect(InheritedVariables.passed(["MARTLET_DATABASE_URL"], of: ["MARTLET_DATABASE_URL": "s"]).isEmpty)
    }
}
