import MartletRegistry

/// The endpoints of registered models, their versions and aliases, on one registry.
struct RegistryEndpoints: Sendable {
    let registry: ModelRegistry
    /// Where those who make a model are made its administrators.
    var access: AccessStore?
    /// Who is told of what becomes of models.
    var events: RegistryEvents?

    /// All of them.
    var all: [TrackingEndpoint] { models + latestVersions + modelTags + aliases + versions + versionTags + searches }

    private var models: [TrackingEndpoint] {
        [
            TrackingEndpoint(.post, "registered-models/create", .createModel) { [registry, access, events] fields in
                let model = try await registry.createModel(
                    fields.name, description: fields.text(.description), tags: fields.pairs(.tags), note: fields.note
                ) { try access?.own(.model(fields.name), by: fields.principal, in: $0) }
                access?.forget()
                events?.created(model)
                return JSONOutput.model(model)
            },
            TrackingEndpoint(.get, "registered-models/get", .getModel) { [registry] in
                JSONOutput.model(try await registry.model($0.name))
            },
            TrackingEndpoint(.patch, "registered-models/update", .updateModel) { [registry] in
                JSONOutput.model(try await registry.updateModel($0.name, description: $0.text(.description)))
            },
            TrackingEndpoint(.post, "registered-models/rename", .renameModel) { [registry, access] fields in
                let (name, newName) = (fields.name, fields.text(.newName) ?? "")
                let model = try await registry.renameModel(name, to: newName, note: fields.note, along: moving(name, to: newName))
                access?.forget()
                return JSONOutput.model(model)
            },
            TrackingEndpoint("registered-models/delete", .getModel, method: .delete) { [registry, access] in
                try await registry.deleteModel($0.name, note: $0.note, along: moving($0.name, to: nil))
                access?.forget()
            },
        ]
    }

    /// Grants go with the model, where there are any.
    private func moving(_ name: String, to newName: String?) -> ModelRegistry.AlongWrite? {
        guard access != nil else { return nil }
        return { try AccessStore.moveGrants(ofModel: name, to: newName, in: $0) }
    }

    /// The latest versions are asked with either method.
    private var latestVersions: [TrackingEndpoint] {
        [.get, .post].map { method in
            TrackingEndpoint(method, "registered-models/get-latest-versions", .latestVersions) { [registry] in
                JSONOutput.versions(try await registry.latestVersions(of: $0.name, stages: $0.texts(.stages)), next: nil)
            }
        }
    }

    private var modelTags: [TrackingEndpoint] {
        [
            TrackingEndpoint("registered-models/set-tag", .setModelTag) { [registry, events] in
                try await registry.setModelTag($0.pair, model: $0.name)
                try await events?.set($0.pair, model: $0.name)
            },
            TrackingEndpoint("registered-models/delete-tag", .deleteModelTag, method: .delete) { [registry, events] in
                try await registry.deleteModelTag($0.text(.key) ?? "", model: $0.name)
                try await events?.deletedTag($0.text(.key) ?? "", model: $0.name)
            },
        ]
    }

    private var aliases: [TrackingEndpoint] {
        [
            TrackingEndpoint("registered-models/alias", .setAlias) { [registry, events] fields in
                let alias = fields.text(.alias) ?? ""
                try ModelRegistry.check(newAlias: alias)
                let version = try fields.modelVersion()
                try await registry.setAlias(alias, to: version, note: fields.note)
                try await events?.set(alias: alias, version)
            },
            TrackingEndpoint("registered-models/alias", .getAlias, method: .delete) { [registry, events] in
                try await registry.deleteAlias($0.text(.alias) ?? "", of: $0.name, note: $0.note)
                try await events?.deleted(alias: $0.text(.alias) ?? "", of: $0.name)
            },
            TrackingEndpoint(.get, "registered-models/alias", .getAlias) { [registry] in
                JSONOutput.version(try await registry.version(alias: $0.text(.alias) ?? "", of: $0.name))
            },
        ]
    }

    private var versions: [TrackingEndpoint] {
        [
            TrackingEndpoint(.post, "model-versions/create", .createVersion) { [registry, events] fields in
                let draft = fields.modelVersionDraft
                let version = try await registry.createVersion(draft, note: fields.note)
                events?.created(version, run: draft.run)
                return JSONOutput.version(version)
            },
            TrackingEndpoint(.get, "model-versions/get", .getVersion) { [registry] in
                JSONOutput.version(try await registry.version(try $0.modelVersion()))
            },
            TrackingEndpoint(.get, "model-versions/get-download-uri", .downloadURI) { [registry] in
                JSONOutput.downloadURI(try await registry.downloadURI(of: try $0.modelVersion()))
            },
            TrackingEndpoint(.patch, "model-versions/update", .updateVersion) { [registry] in
                JSONOutput.version(try await registry.updateVersion(try $0.modelVersion(), description: $0.text(.description)))
            },
            TrackingEndpoint(.post, "model-versions/transition-stage", .moveVersion) { [registry] fields in
                let version = try await registry.moveVersion(
                    try fields.modelVersion(), to: fields.text(.stage) ?? "", archivesOthers: fields.boolean(.archivesOthers) ?? false,
                    note: fields.note)
                return JSONOutput.version(version)
            },
            TrackingEndpoint("model-versions/delete", .getVersion, method: .delete) { [registry] in
                try await registry.deleteVersion(try $0.modelVersion(), note: $0.note)
            },
        ]
    }

    private var versionTags: [TrackingEndpoint] {
        [
            TrackingEndpoint("model-versions/set-tag", .setVersionTag) { [registry, events] in
                try await registry.setVersionTag($0.pair, version: try $0.modelVersion())
                try await events?.set($0.pair, try $0.modelVersion())
            },
            TrackingEndpoint("model-versions/delete-tag", .deleteVersionTag, method: .delete) { [registry, events] in
                try await registry.deleteVersionTag($0.text(.key) ?? "", version: try $0.modelVersion())
                try await events?.deletedTag($0.text(.key) ?? "", try $0.modelVersion())
            },
        ]
    }

    // MARK: Searches

    private var searches: [TrackingEndpoint] {
        [
            TrackingEndpoint(.get, "registered-models/search", .searchModels) { [registry] fields in
                let search = try RegistrySearch(fields, .registeredModels)
                let page = try await registry.searchModels(
                    filter: search.filter, orders: search.orders, limit: search.limit, offset: search.offset, readableBy: fields.principal)
                return JSONOutput.models(page.elements, next: page.nextToken(offset: search.offset))
            },
            TrackingEndpoint(.get, "model-versions/search", .searchVersions) { [registry] fields in
                let search = try RegistrySearch(fields, .modelVersions)
                let page = try await registry.searchVersions(
                    filter: search.filter, orders: search.orders, limit: search.limit, offset: search.offset, readableBy: fields.principal)
                return JSONOutput.versions(page.elements, next: page.nextToken(offset: search.offset))
            },
        ]
    }
}

/// What a search of the registry asks for.
private struct RegistrySearch {
    let limit: Int
    let filter: SearchFilter
    let orders: [SearchOrder]
    let offset: Int

    init(_ fields: RequestFields, _ kind: SearchKind) throws {
        limit = try SearchPageSize.checked(fields.limit(.maxResults64), for: kind)
        filter = try SearchFilter(parsing: fields.text(.filter) ?? "", of: kind)
        orders = try SearchOrder.orders(parsing: fields.texts(.orderBy), of: kind)
        offset = try fields.offset()
    }
}

extension RequestFields {
    fileprivate var name: String { text(.name) ?? "" }

    /// Who makes a change, for the history.
    fileprivate var note: ChangeNote { ChangeNote(who: principal.name) }

    /// - Throws: where the model's name or the version's number is none.
    func modelVersion() throws(TrackingFault) -> ModelVersionID { try ModelVersionID(model: name, version: text(.version) ?? "") }

    /// A description and a link that are not there are empty ones, as MLflow has it.
    fileprivate var modelVersionDraft: ModelVersionDraft {
        ModelVersionDraft(
            model: name, source: text(.source) ?? "", run: text(.runID), loggedModel: text(.modelID), runLink: text(.runLink) ?? "",
            description: text(.description) ?? "", tags: pairs(.tags))
    }
}
