import MartletRegistry

extension TrackingEndpoints {
    var experiments: [TrackingEndpoint] {
        [
            TrackingEndpoint(.post, "experiments/create", .createExperiment) { [store, access] fields in
                let id = try await store.createExperiment(
                    name: fields.text(.name) ?? "", artifactLocation: fields.text(.artifactLocation), tags: fields.pairs(.tags)
                ) { try access?.own(.experiment($0), by: fields.principal, in: $1) }
                access?.forget()
                return JSONOutput.experimentID(id)
            },
            TrackingEndpoint(.get, "experiments/get", .getExperiment) { [store] in
                JSONOutput.experiment(try await store.experiment(try $0.experiment()))
            },
            TrackingEndpoint(.get, "experiments/get-by-name", .getExperimentByName) { [store] in
                JSONOutput.experiment(try await store.experiment(named: $0.text(.experimentName) ?? ""))
            },
            TrackingEndpoint("experiments/update", .updateExperiment) { [store] in
                try await store.renameExperiment(try $0.experiment(), to: $0.text(.newName) ?? "")
            },
            TrackingEndpoint("experiments/delete", .deleteExperiment) { [store] in
                try await store.deleteExperiment(try $0.experiment())
            },
            TrackingEndpoint("experiments/restore", .restoreExperiment) { [store] in
                try await store.restoreExperiment(try $0.experiment())
            },
            TrackingEndpoint("experiments/set-experiment-tag", .setExperimentTag) { [store] in
                try await store.setExperimentTag($0.pair, experiment: try $0.experiment())
            },
            TrackingEndpoint("experiments/delete-experiment-tag", .deleteExperimentTag) { [store] in
                try await store.deleteExperimentTag($0.text(.key) ?? "", experiment: try $0.experiment())
            },
        ]
    }

    /// A search is asked with either method.
    var experimentSearches: [TrackingEndpoint] {
        [.get, .post].map { method in
            TrackingEndpoint(method, "experiments/search", .searchExperiments) { [store] in try await Self.searchExperiments($0, store) }
        }
    }

    /// A page has no usual size to MLflow.
    private static func searchExperiments(_ fields: RequestFields, _ store: TrackingStore) async throws -> [UInt8] {
        let limit = try SearchPageSize.checked(fields.limit(.maxResults64) ?? 0, for: .experiments)
        let filter = try SearchFilter(parsing: fields.text(.filter) ?? "", of: .experiments)
        let orders = try SearchOrder.orders(parsing: fields.texts(.orderBy), of: .experiments)
        let offset = try fields.offset()
        let page = try await store.searchExperiments(
            filter: filter, orders: orders, view: fields.view(.experimentView), limit: limit, offset: offset,
            readableBy: fields.principal)
        return JSONOutput.experiments(page.elements, next: page.nextToken(offset: offset))
    }
}
