#if GRPC
import MartletInference
import MartletServer

extension ModelRepository {
    /// What is said of a model. Its versions are those that are ready.
    func description(of served: ServedModel) -> ModelDescription {
        let versions = index.filter { $0.name == served.name && $0.state == .ready }.compactMap(\.version)
        return ModelDescription(name: served.name, versions: versions.map(String.init), signature: served.signature)
    }

    /// What is said of all models.
    var description: RepositoryDescription {
        RepositoryDescription(
            index.map { entry in
                RepositoryDescription.Entry(
                    name: entry.name, version: entry.version.map(String.init), state: entry.state.rawValue, reason: entry.reason)
            })
    }
}
#endif
