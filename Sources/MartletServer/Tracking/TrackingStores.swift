import Foundation
import MartletCore
import MartletRegistry
import MartletStore

/// The records that a tracking server answers from: all in one database, and artifacts in the home or a bucket.
struct TrackingStores: Sendable {
    let tracking: TrackingStore
    let loggedModels: LoggedModelStore
    let models: ModelRegistry
    let datasets: EvaluationDatasetStore
    let traces: TraceStore
    let webhooks: WebhookStore
    let notifier: WebhookNotifier
    let artifacts: any ArtifactRepository
    let uploads: MultipartUploads
    let access: AccessStore

    /// Brings every schema up to date. The database stays its owner's to close.
    /// - Parameters:
    ///   - content: where artifacts have their bytes, its owner's to close; `nil` for the home's blobs.
    ///   - isAccessRequired: whether nobody is let in while there are no users, rather than everybody.
    ///   - environment: where MLflow's variables for webhooks are.
    ///   - report: is told of faults that no request answers with.
    init(
        _ database: any SQLDatabase, home: Home, content: (any ContentStore)? = nil, isAccessRequired: Bool = false,
        environment: [String: String] = ProcessInfo.processInfo.environment, report: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws {
        tracking = try await TrackingStore(database)
        loggedModels = try await LoggedModelStore(tracking)
        models = try await ModelRegistry(tracking, loggedModels: loggedModels)
        datasets = try await EvaluationDatasetStore(tracking)
        traces = try await TraceStore(tracking)
        let gate = WebhookGate(WebhookOptions(environment: environment))
        let key = try environment["MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY"].map(SealingKey.init(ofVariable:)) ?? home.sealingKey()
        webhooks = try await WebhookStore(tracking, addresses: gate, key: key)
        notifier = WebhookNotifier(webhooks, gate, report: report)
        try await notifier.check()
        let artifacts = try await ArtifactStore(database, home: home, content: content)
        try await artifacts.pair()
        self.artifacts = artifacts
        uploads = MultipartUploads(home: home)
        access = try await AccessStore(database, isRequired: isAccessRequired, report: report)
    }
}
