import MartletCore
import MartletStore

/// A version, and where its files are.
package struct LocatedVersion: Sendable, Equatable {
    package let version: ModelVersion
    /// The model that it is a version of.
    package let model: RegisteredModelID
    /// An address such as `mlflow-artifacts:/0/models/m-…/artifacts`.
    package let location: String

    /// Makes one.
    package init(version: ModelVersion, model: RegisteredModelID, location: String) {
        self.version = version
        self.model = model
        self.location = location
    }
}

extension ModelRegistry {
    /// The version that an address means: `models:/NAME@ALIAS`, `models:/NAME/VERSION`, `models:/NAME/STAGE` or `models:/NAME/latest`.
    /// - Throws: `invalidInput` for what is no such address, `notFound` with what there is.
    package func version(at address: String) async throws -> LocatedVersion {
        guard address.hasPrefix("models:"), let named = ModelURI(address), let model = named.model else {
            throw MartletError(
                .invalidInput,
                "'\(address.prefix(200))': expected models:/NAME@ALIAS, models:/NAME/VERSION, models:/NAME/STAGE or models:/NAME/latest")
        }
        do {
            return try await read { session in
                let found = try session.version(named)
                return LocatedVersion(
                    version: try session.complete([found], withAliases: true)[0],
                    model: RegisteredModelID(number: found.model, createdAt: found.modelCreatedAt), location: found.location)
            }
        } catch let fault as TrackingFault {
            let message = fault.message.hasSuffix(".") ? String(fault.message.dropLast()) : fault.message
            throw MartletError(.notFound, "'\(address.prefix(200))': \(message); \(try await hint(model))")
        }
    }

    /// What there is of a model, or instead of it.
    private func hint(_ name: String) async throws -> String {
        guard let model = try? await model(name) else {  // an invalid name is an unknown one
            let names = try await read { session in
                try session.connection.all("SELECT name FROM registered_models ORDER BY name LIMIT 1000") { $0.text(0) }
            }
            guard !names.isEmpty else { return "there are no registered models" }
            return nearest(to: name, among: names).map { "did you mean '\($0)'?" }
                ?? "there are \(names.prefix(20).joined(separator: ", "))"
        }
        let aliases = model.aliases.prefix(20).map { "@\($0.name) (version \($0.version))" }
        let newest = model.latestVersions.map(\.version).max()
        guard let newest else { return "it has no version" }
        return
            "its newest version is \(newest), \(aliases.isEmpty ? "and it has no alias" : "and it has \(aliases.joined(separator: ", "))")"
    }
}

extension TrackingSession {
    /// The version that a source `models:/…` means. - Throws: `resourceDoesNotExist`.
    fileprivate func version(_ named: ModelURI) throws -> NumberedVersion {
        switch named {
        case .version(let name, let number): return try version(ModelVersionID(name, number))
        case .alias(let name, let alias): return try version(alias: alias, of: name)
        case .latest(let name): return try version(alias: "latest", of: name)
        case .stage(let name, let stage):
            guard let latest = try latestVersions(of: name, stages: [stage]).last else {
                throw TrackingFault(.resourceDoesNotExist, "No version of model '\(name)' is in the stage '\(stage)'.")
            }
            return try version(ModelVersionID(name, latest.version))
        case .loggedModel(let id):
            throw TrackingFault(.invalidParameterValue, "'\(id)' is a logged model.")
        }
    }
}
