import MartletRegistry

/// The endpoints of logged models.
struct LoggedModelEndpoints: Sendable {
    let store: LoggedModelStore
    /// Who knows the files behind artifact locations; without it there is no endpoint that lists them.
    var files: (any ModelFileListing)?

    /// All of them.
    var all: [TrackingEndpoint] { models + texts + [search] + (files.map { [listing($0)] } ?? []) }

    private static let path = "logged-models/{model_id}"

    private var models: [TrackingEndpoint] {
        [
            TrackingEndpoint(.post, "logged-models", .createLoggedModel) { [store] in
                JSONOutput.loggedModel(try await store.create(try Self.draft($0)))
            },
            TrackingEndpoint(.get, Self.path, .getLoggedModel) { [store] in
                let withDeleted = $0.text(.allowDeleted)?.lowercased() == "true"
                return JSONOutput.loggedModel(try await store.model(try $0.loggedModel(), withDeleted: withDeleted))
            },
            TrackingEndpoint(.patch, Self.path, .finalizeLoggedModel) { [store] in
                let status = $0.enumeration(.modelStatus).flatMap(LoggedModel.Status.init(rawValue:)) ?? .unspecified
                return JSONOutput.loggedModel(try await store.finalize($0.text(.modelID) ?? "", status))
            },
            TrackingEndpoint(Self.path, .deleteLoggedModel, method: .delete) { [store] in try await store.delete(try $0.loggedModel()) },
        ]
    }

    private static func draft(_ fields: RequestFields) throws(TrackingFault) -> LoggedModelDraft {
        LoggedModelDraft(
            experiment: try fields.experiment(), name: fields.text(.name).flatMap { $0.isEmpty ? nil : $0 },
            type: fields.text(.modelType) ?? "", sourceRun: fields.text(.sourceRunID) ?? "", parameters: fields.pairs(.parameters),
            tags: fields.pairs(.tags))
    }

    private var texts: [TrackingEndpoint] {
        [
            TrackingEndpoint(Self.path + "/tags", .setLoggedModelTags, method: .patch) { [store] in
                try await store.setTags($0.pairs(.tags), of: try $0.loggedModel())
            },
            TrackingEndpoint(Self.path + "/tags/{tag_key}", .deleteLoggedModelTag, method: .delete) { [store] in
                try await store.deleteTag(try $0.parameters.string("tag_key"), of: try $0.loggedModel())
            },
            TrackingEndpoint(Self.path + "/params", .logLoggedModelParameters) { [store] in
                try await store.logParameters($0.pairs(.parameters), of: try $0.loggedModel())
            },
        ]
    }

    private func listing(_ files: any ModelFileListing) -> TrackingEndpoint {
        TrackingEndpoint(.get, Self.path + "/artifacts/directories", .listLoggedModelFiles) { [store] in
            let root = try await store.model(try $0.loggedModel()).artifactURI
            let found = try await files.files(in: $0.text(.artifactFolder), below: root, for: $0.principal)
            return JSONOutput.modelFiles(found, root: root)
        }
    }

    // MARK: Search

    private var search: TrackingEndpoint {
        TrackingEndpoint(.post, "logged-models/search", .searchLoggedModels) { [store] in try await Self.search($0, store) }
    }

    private static func search(_ fields: RequestFields, _ store: LoggedModelStore) async throws -> [UInt8] {
        let limit = try SearchPageSize.checked(fields.limit(.maxResults32), for: .loggedModels)
        let (ids, filter, token) = (fields.texts(.experimentIDs), fields.text(.filter) ?? "", fields.text(.pageToken) ?? "")
        let orders = fields.messages(.modelOrders) {
            LoggedModelOrder(
                fieldName: $0.text(.fieldName) ?? "", isAscending: $0.boolean(.ascending) ?? true, datasetName: $0.text(.datasetName),
                datasetDigest: $0.text(.datasetDigest))
        }
        let offset =
            token.isEmpty ? 0 : try LoggedModelPageToken.offset(parsing: token, experimentIDs: ids, filter: filter, orders: orders)
        let page = try await store.search(
            experiments: ids.map(TrackingStore.experimentID), filter: SearchFilter(parsing: filter, of: .loggedModels),
            datasets: fields.messages(.modelDatasets) { .init(name: $0.text(.datasetName), digest: $0.text(.datasetDigest)) },
            orders: LoggedModelOrder.orders(of: orders), limit: limit, offset: offset)
        let next = LoggedModelPageToken(experimentIDs: ids, filter: filter, orders: orders, offset: offset + page.elements.count)
        return JSONOutput.loggedModels(page.elements, next: page.hasMore ? try text(of: next) : nil)
    }

    /// A token holds the whole search, and is read up to a length.
    private static func text(of token: LoggedModelPageToken) throws(TrackingFault) -> String {
        let text = token.text
        guard text.utf8.count <= PageToken.lengthMaxBytes else {
            throw TrackingFault(
                .invalidParameterValue,
                "the page token of this search would be \(text.utf8.count) bytes long, expected at most \(PageToken.lengthMaxBytes); "
                    + "name fewer experiments or shorten the filter")
        }
        return text
    }
}

extension RequestFields {
    /// The model that the path names.
    fileprivate func loggedModel() throws -> String { try parameters.string("model_id") }
}

/// Who lists the files behind an artifact location.
protocol ModelFileListing: Sendable {
    /// The files and folders in a folder, by path from the root on; none where it is not there. - Parameter folder: `nil` for the root.
    /// - Throws: `TrackingFault` for a path that leads out of the root, and where somebody may not read there.
    func files(in folder: String?, below root: String, for principal: Principal) async throws -> [ModelFile]
}

/// A file or a folder of a logged model.
struct ModelFile: Sendable, Equatable {
    let path: String
    /// `nil` for a folder.
    let sizeBytes: Int64?
}
