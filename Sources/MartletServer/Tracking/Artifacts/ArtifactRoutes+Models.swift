import MartletRegistry
import MartletStore

/// The files of logged models.
extension ArtifactRoutes: ModelFileListing {
    func files(in folder: String?, below root: String, for principal: Principal) async throws -> [ModelFile] {
        let path = try Self.path(folder ?? "")
        let entries = try await artifacts.list(try await place(path, below: root, .read, for: principal))
        let prefix = path.isRoot ? "" : path.text + "/"
        return entries.map { ModelFile(path: prefix + $0.name, sizeBytes: $0.sizeBytes.map { Int64($0) }) }
    }
}
