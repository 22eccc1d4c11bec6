/// A name under which versions of a model are kept. Times are milliseconds since 1970 UTC, as MLflow has them.
package struct RegisteredModel: Sendable, Equatable {
    package var name: String
    package var description: String?
    package var createdAt: Int64
    package var updatedAt: Int64
    /// The highest version of each stage that has any, by version, without their aliases.
    package var latestVersions: [ModelVersion] = []
    package var tags: [KeyedText] = []
    /// By their names.
    package var aliases: [ModelAlias] = []

    /// Makes one without versions.
    package init(name: String, description: String?, createdAt: Int64, updatedAt: Int64) {
        self.name = name
        self.description = description
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// A name for one version of a model, which can be moved to another.
package struct ModelAlias: Sendable, Equatable, Hashable {
    package var name: String
    package var version: Int64

    /// Makes one.
    package init(_ name: String, version: Int64) {
        self.name = name
        self.version = version
    }
}

/// One version of a registered model.
package struct ModelVersion: Sendable, Equatable {
    package var model: String
    /// From 1 on; a number is never given twice while the model exists.
    package var version: Int64
    package var createdAt: Int64
    package var updatedAt: Int64
    /// `nil` after a change that named none.
    package var description: String?
    package var stage: ModelStage
    /// Where the model came from, as the client named it.
    package var source: String
    package var run: String?
    package var runLink: String
    package var tags: [KeyedText] = []
    /// By their names; empty where a search found the version, as MLflow has it.
    package var aliases: [String] = []

    /// Makes one.
    package init(
        model: String, version: Int64, createdAt: Int64, updatedAt: Int64, description: String?, stage: ModelStage, source: String,
        run: String?, runLink: String
    ) {
        self.model = model
        self.version = version
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.description = description
        self.stage = stage
        self.source = source
        self.run = run
        self.runLink = runLink
    }
}

/// How far a version has come; aliases have taken the place of stages, and clients still use both.
package enum ModelStage: Int64, Sendable, CaseIterable {
    case unstaged, staging, production, archived

    /// Reads MLflow's word for it, in any case.
    package init(named text: String) throws(TrackingFault) {
        guard let stage = Self.allCases.first(where: { $0.name.lowercased() == text.lowercased() }) else {
            let names = Self.allCases.map(\.name).joined(separator: ", ")
            throw TrackingFault(.invalidParameterValue, "Invalid Model Version stage: \(text). Value must be one of \(names).")
        }
        self = stage
    }

    /// MLflow's word for it.
    package var name: String {
        switch self {
        case .unstaged: "None"
        case .staging: "Staging"
        case .production: "Production"
        case .archived: "Archived"
        }
    }

    /// Whether other versions can be made to leave it.
    var isActive: Bool { self == .staging || self == .production }
}

/// What a client tells of a new version.
package struct ModelVersionDraft: Sendable, Equatable {
    package var model: String
    package var source: String
    /// `nil` where the client named none, which is not the same as an empty one.
    package var run: String?
    /// The logged model that becomes a version; `nil` as with runs.
    package var loggedModel: String?
    package var runLink: String
    package var description: String?
    package var tags: [KeyedText]

    /// Makes one.
    package init(
        model: String, source: String, run: String? = nil, loggedModel: String? = nil, runLink: String = "", description: String? = nil,
        tags: [KeyedText] = []
    ) {
        self.model = model
        self.source = source
        self.run = run
        self.loggedModel = loggedModel
        self.runLink = runLink
        self.description = description
        self.tags = tags
    }
}
