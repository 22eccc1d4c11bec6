import MartletCore
import MartletStore

/// Registered models as files.
extension FileSource {
    private static let versionPrefix = "version-"
    /// The stage of versions that were deleted.
    static let deletedStage = "Deleted_Internal"

    func registeredModels(_ keys: [String]) async throws -> SourceBatch<SourceRegisteredModel> {
        try .reading(.registeredModels, keys) { key in
            let folder = try place(.registeredModels, key)
            let meta = try folder.meta()
            let created = try meta.integer("creation_timestamp") ?? 0
            var model = RegisteredModel(
                name: key, description: try meta.text("description"), createdAt: created,
                updatedAt: try meta.integer("last_updated_timestamp") ?? created)
            model.tags = try folder.texts(in: "tags")
            model.aliases = try folder.texts(in: "aliases").map { alias in
                ModelAlias(alias.key, version: try number(alias.value, "'\(folder.path)/aliases/\(alias.key)'"))
            }
            var source = SourceRegisteredModel(model: model)
            for folder in try folder.folders() where folder.name.hasPrefix(Self.versionPrefix) {
                try add(folder, to: &source)
            }
            source.versions.sort { $0.version.version < $1.version.version }
            return source
        }
    }

    private func add(_ folder: SourceFolder, to source: inout SourceRegisteredModel) throws {
        let number = try number(String(folder.name.dropFirst(Self.versionPrefix.count)), "'\(folder.path)'")
        source.versionCount = max(source.versionCount, number)
        let meta = try folder.meta()
        let stage = try meta.text("current_stage") ?? ModelStage.unstaged.name
        guard stage != Self.deletedStage else { return source.deletedCount += 1 }
        let created = try meta.integer("creation_timestamp") ?? 0
        var version = ModelVersion(
            model: source.model.name, version: number, createdAt: created,
            updatedAt: try meta.integer("last_updated_timestamp") ?? created, description: try meta.text("description"),
            stage: try stage.modelStage(meta.path), source: try meta.text("source") ?? "", run: try meta.text("run_id"),
            runLink: try meta.text("run_link") ?? "")
        version.tags = try folder.texts(in: "tags")
        source.versions.append(
            SourceRegisteredModel.Version(
                version: version, storage: try meta.text("storage_location"), loggedModel: try meta.text("model_id")))
    }

    private func number(_ text: String, _ place: String) throws -> Int64 {
        let text = text.split(whereSeparator: \.isWhitespace).first ?? ""
        guard let number = Int64(text), (1..<Int64(Int32.max)).contains(number) else {
            throw MartletError(.invalidInput, "\(place): expected the number of a version, found '\(text.prefix(80))'")
        }
        return number
    }
}

extension String {
    /// The stage that MLflow calls so. - Parameter place: where it stands, for messages.
    func modelStage(_ place: String) throws -> ModelStage {
        guard let stage = ModelStage.allCases.first(where: { $0.name == self }) else {
            throw MartletError(.invalidInput, "'\(place)': expected a stage of a version, found '\(prefix(80))'")
        }
        return stage
    }
}
