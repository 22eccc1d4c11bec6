/// What webhooks may do, with MLflow's own settings as defaults.
package struct WebhookOptions: Sendable {
    package var allowedSchemes = ["https"]
    /// Whether webhooks may go to this machine and to networks that are not public.
    package var allowsPrivateAddresses = false
    /// How long connecting may take, and again an answer.
    package var requestTimeout: Duration = .seconds(30)
    /// How long the search for a host's address may take.
    package var resolutionTimeout: Duration = .seconds(5)
    /// How often a delivery is sent again.
    package var retryCountMax = 3
    /// How many deliveries are under way together.
    package var deliveryCountMax = 10
    /// How many messages and deliveries wait; one more is dropped, and counted.
    package var queueCountMax = 1000
    /// The largest answer, in bytes.
    package var answerSizeMaxBytes = 64 << 10

    /// Who vouches for the webhooks' certificates, as PEM; the system's roots where it is `nil`.
    package var rootsFile: String?

    /// MLflow's own settings.
    package init() {}

    /// What the environment says, in MLflow's names: `MLFLOW_WEBHOOK_ALLOWED_SCHEMES` with commas between, and
    /// `MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS` as `true` or `1`; and OpenSSL's `SSL_CERT_FILE`.
    package init(environment: [String: String]) {
        if let schemes = environment["MLFLOW_WEBHOOK_ALLOWED_SCHEMES"] {
            allowedSchemes = schemes.split(separator: ",").map { $0.filter { $0 != " " }.lowercased() }
        }
        rootsFile = environment["SSL_CERT_FILE"].flatMap { $0.isEmpty ? nil : $0 }
        allowsPrivateAddresses = ["true", "1"].contains(environment["MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS"]?.lowercased())
    }
}
