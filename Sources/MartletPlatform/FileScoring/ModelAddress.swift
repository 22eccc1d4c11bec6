import MartletCore
import MartletInference
import MartletRegistry
import MartletStore

/// Where a model is found: a file, or a release of the project's by its model's name.
package enum ModelAddress: Sendable, Equatable {
    case file(String)
    /// `models:/NAME@ALIAS`; the aliases are `live` (what the endpoint answers with) and `latest`.
    case alias(model: String, alias: String)
    /// `models:/NAME/VERSION`.
    case version(model: String, version: Int)

    private static let scheme = "models:/"
    fileprivate static let aliases = ["latest", "live"]

    /// Reads what people write. - Throws: `invalidInput` for what begins with `models:/` and is no address.
    package init(_ text: String) throws {
        guard text.hasPrefix(Self.scheme) else {
            self = .file(text)
            return
        }
        let rest = text.dropFirst(Self.scheme.count)
        if let mark = rest.lastIndex(of: "@"), mark != rest.startIndex, rest.index(after: mark) != rest.endIndex {
            self = .alias(model: String(rest[..<mark]), alias: String(rest[rest.index(after: mark)...]))
        } else if let mark = rest.lastIndex(of: "/"), mark != rest.startIndex,
            let version = Int(rest[rest.index(after: mark)...].drop { $0 == "v" })
        {
            self = .version(model: String(rest[..<mark]), version: version)
        } else {
            throw MartletError(
                .invalidInput,
                "'\(text)': expected models:/NAME@live, models:/NAME@latest or models:/NAME/VERSION, such as models:/demand@live")
        }
    }

    /// Whether a project is needed to find it.
    package var isRelease: Bool { if case .file = self { false } else { true } }
}

extension ScoringModel {
    /// Loads a model from its file, or from the folder of a Booster that MLflow wrote.
    /// - Parameter name: how people named it; the path where it is `nil`.
    /// - Throws: `notFound`, `corrupt`, `invalidInput`, as the file's reader says.
    package init(file path: String, named name: String? = nil) throws {
        let file = MLmodelFile.exists(in: path) ? try MLmodelFile(folder: path).forestPath() : path
        try self.init(name: name ?? path, digest: try Digest(ofFile: file), forest: try CompiledForest(try Forest(contentsOf: file)))
    }

    /// Loads the model of a release of the project's.
    /// - Throws: `notFound` with the nearest names, `invalidInput` where several endpoints have such a release, `corrupt`.
    package init(_ address: ModelAddress, of platform: Platform) throws {
        let record: ReleaseRecord
        let name: String
        switch address {
        case .file(let path):
            try self.init(file: path)
            return
        case .alias(let model, let alias):
            name = "models:/\(model)@\(alias)"
            record = try ReleasesOfModel(platform, model).find(alias: alias)
        case .version(let model, let version):
            name = "models:/\(model)/\(version)"
            record = try ReleasesOfModel(platform, model).find(version: version)
        }
        let release = try Release(record: record)
        let card = try platform.json(try release.digest(of: "card")).decoded(as: ModelCard.self)
        let bytes = try platform.blobs.read(try release.digest(of: "model"))
        let forest = try CompiledForest(try LightGBMModelReader.forest([UInt8](bytes), named: "the model of \(name)"))
        guard forest.featureNames.count == card.features.count else {
            throw MartletError(
                .corrupt,
                "\(name): its trees read \(forest.featureNames.count) features, its card names \(card.features.count); make it again with 'martlet run'"
            )
        }
        try self.init(
            name: name, digest: record.digest, forest: forest, features: card.features, categories: card.categories, scale: card.scale,
            scaleBy: card.scaleBy)
    }
}

/// The releases whose endpoints answer with one model.
private struct ReleasesOfModel {
    private let platform: Platform
    private let model: String
    private let endpoints: [String]

    /// - Throws: `notFound` with the nearest name.
    init(_ platform: Platform, _ model: String) throws {
        self.platform = platform
        self.model = model
        endpoints = platform.project.endpoints.filter { $0.value.model == model }.keys.sorted()
        guard endpoints.isEmpty else { return }
        let names = Set(platform.project.endpoints.values.map(\.model)).sorted()
        let hint = nearest(to: model, among: names).map { "did you mean '\($0)'?" } ?? "there are \(names.joined(separator: ", "))"
        throw MartletError(.notFound, "project '\(platform.project.name)' has no model '\(model)' that an endpoint answers with; \(hint)")
    }

    func find(alias: String) throws -> ReleaseRecord {
        switch alias {
        case "live":
            return try one(
                try endpoints.compactMap { endpoint in
                    try platform.records.current(endpoint: endpoint).flatMap { try platform.records.release($0.release) }
                },
                or: "was never deployed; see 'martlet deploy \(endpoints[0])', or take models:/\(model)@latest")
        case "latest":
            return try one(
                try endpoints.compactMap { try platform.records.releases(name: $0).max { $0.version < $1.version } },
                or: "has no release; make one with 'martlet run'")
        default:
            let hint = nearest(to: alias, among: ModelAddress.aliases).map { "did you mean '\($0)'?" } ?? "there are latest and live"
            throw MartletError(.notFound, "model '\(model)' has no alias '\(alias)'; \(hint)")
        }
    }

    func find(version: Int) throws -> ReleaseRecord {
        let all = try endpoints.flatMap { try platform.records.releases(name: $0) }
        let known = Set(all.map(\.version)).sorted(by: >).prefix(5).map { "\($0)" }.joined(separator: ", ")
        return try one(
            all.filter { $0.version == version },
            or: known.isEmpty ? "has no release; make one with 'martlet run'" : "has no version \(version); the newest are \(known)")
    }

    /// Releases of several endpoints may be meant, as long as they are one and the same.
    private func one(_ found: [ReleaseRecord], or none: String) throws -> ReleaseRecord {
        guard let first = found.first else { throw MartletError(.notFound, "model '\(model)' \(none)") }
        guard Set(found.map(\.digest)).count == 1 else {
            throw MartletError(
                .invalidInput,
                "model '\(model)' answers at the endpoints \(found.map(\.name).joined(separator: ", ")) from different releases; "
                    + "name the endpoint: 'martlet score \(first.name) …'"
            )
        }
        return first
    }
}
