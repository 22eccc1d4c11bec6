package import MartletCore

extension ArtifactStore {
    /// All content that an artifact refers to.
    package static func referredDigests(in database: any SQLDatabase) async throws -> Set<Digest> {
        let names = try await database.read { try $0.all("SELECT DISTINCT digest FROM artifact_files") { $0.text(0) } }
        return Set(names.compactMap { Digest($0) })
    }
}
