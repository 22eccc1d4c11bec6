import MartletRegistry
import MartletStore

/// The records that a tracking server answers from: all in one database, and artifacts in the home.
struct TrackingStores: Sendable {
    let tracking: TrackingStore
    let models: ModelRegistry
    let traces: TraceStore
    let artifacts: any ArtifactRepository
    let uploads: MultipartUploads
    let access: AccessStore

    /// Brings every schema up to date. The database stays its owner's to close.
    /// - Parameter isAccessRequired: whether nobody is let in while there are no users, rather than everybody.
    init(_ database: any SQLDatabase, home: Home, isAccessRequired: Bool = false) async throws {
        tracking = try await TrackingStore(database)
        models = try await ModelRegistry(tracking)
        traces = try await TraceStore(tracking)
        artifacts = try await ArtifactStore(database, home: home)
        uploads = MultipartUploads(home: home)
        access = try await AccessStore(database, isRequired: isAccessRequired)
    }
}
