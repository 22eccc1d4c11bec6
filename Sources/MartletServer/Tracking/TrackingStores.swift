import Foundation
import MartletRegistry
import MartletStore

/// The records that a tracking server answers from: all in one database, and artifacts in the home.
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
    ///   - isAccessRequired: whether nobody is let in while there are no users, rather than everybody.
    ///   - environment: where MLflow's variables for webhooks are.
    init(
        _ database: any SQLDatabase, home: Home, isAccessRequired: Bool = false,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) async throws {
        tracking = try await TrackingStore(database)
        loggedModels = try await LoggedModelStore(tracking)
        models = try await ModelRegistry(tracking, loggedModels: loggedModels)
        datasets = try await EvaluationDatasetStore(tracking)
        traces = try await TraceStore(tracking)
        let gate = WebhookGate(WebhookOptions(environment: environment))
        webhooks = try await WebhookStore(tracking, addresses: gate)
        notifier = WebhookNotifier(webhooks, gate)
        artifacts = try await ArtifactStore(database, home: home)
        uploads = MultipartUploads(home: home)
        access = try await AccessStore(database, isRequired: isAccessRequired)
    }
}
