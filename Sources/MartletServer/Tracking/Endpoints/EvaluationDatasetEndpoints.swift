import MartletCore
import MartletRegistry

/// The endpoints of evaluation datasets.
struct EvaluationDatasetEndpoints: Sendable {
    let store: EvaluationDatasetStore

    /// All of them.
    var all: [TrackingEndpoint] { datasets + tags + records + experiments + searches }

    private static let path = "datasets/{dataset_id}"
    /// Records come as one text.
    private static let recordsSizeMaxBytes = 64 << 20

    private var datasets: [TrackingEndpoint] {
        [
            TrackingEndpoint(.post, "datasets/create", .createDataset, version: .v3) { [store] fields in
                let experiments = fields.texts(.experimentIDs)
                let dataset = try await store.create(
                    name: fields.text(.name) ?? "", experiments: experiments, tags: try fields.tags(required: false))
                return JSONOutput.dataset(dataset, experiments: experiments)
            },
            TrackingEndpoint(.get, Self.path, .getDataset, version: .v3) { [store] in
                JSONOutput.dataset(try await store.dataset(try $0.evaluationDataset()))
            },
            TrackingEndpoint(Self.path, .getDataset, method: .delete, version: .v3) { [store] in
                try await store.delete(try $0.evaluationDataset())
            },
        ]
    }

    private var tags: [TrackingEndpoint] {
        [
            TrackingEndpoint(Self.path + "/tags", .setDatasetTags, method: .patch, version: .v3) { [store] in
                try await store.setTags(try $0.tags(required: true), of: try $0.evaluationDataset())
            },
            TrackingEndpoint(Self.path + "/tags/{key}", .getDataset, method: .delete, version: .v3) { [store] in
                try await store.deleteTag(try $0.parameters.string("key"), of: try $0.evaluationDataset())
            },
        ]
    }

    private var records: [TrackingEndpoint] {
        let path = Self.path + "/records"
        return [
            TrackingEndpoint(.post, path, .upsertRecords, version: .v3, bodySizeMaxBytes: Self.recordsSizeMaxBytes) { [store] fields in
                let records = try RequestFields.json(fields.text(.recordsText) ?? "", "records")
                return JSONOutput.counts(try await store.upsert(records, into: try fields.evaluationDataset()))
            },
            TrackingEndpoint(.get, path, .getRecords, version: .v3) { [store] fields in
                let limit = fields.limit(.maxResults32).flatMap { $0 == 0 ? nil : $0 } ?? 1000
                let page = try await store.records(
                    of: try fields.evaluationDataset(), limit: limit, token: fields.text(.pageToken) ?? "")
                return JSONOutput.records(page.records, next: page.next)
            },
            TrackingEndpoint(.delete, path, .deleteRecords, version: .v3) { [store] in
                JSONOutput.deletedCount(try await store.deleteRecords($0.texts(.recordIDs), of: try $0.evaluationDataset()))
            },
        ]
    }

    private var experiments: [TrackingEndpoint] {
        [
            TrackingEndpoint(.get, Self.path + "/experiment-ids", .getDataset, version: .v3) { [store] in
                JSONOutput.experimentIDs(try await store.experiments(of: try $0.evaluationDataset()))
            },
            TrackingEndpoint(.post, Self.path + "/add-experiments", .datasetExperiments, version: .v3) { [store] in
                JSONOutput.dataset(try await store.add(try $0.evaluationDataset(), to: $0.texts(.experimentIDs)))
            },
            TrackingEndpoint(.post, Self.path + "/remove-experiments", .datasetExperiments, version: .v3) { [store] in
                JSONOutput.dataset(try await store.remove(try $0.evaluationDataset(), from: $0.texts(.experimentIDs)))
            },
        ]
    }

    /// A search is asked with either method.
    private var searches: [TrackingEndpoint] {
        [.post, .get].map { method in
            TrackingEndpoint(method, "datasets/search", .searchDatasets, version: .v3) { [store] in try await Self.search($0, store) }
        }
    }

    private static func search(_ fields: RequestFields, _ store: EvaluationDatasetStore) async throws -> [UInt8] {
        let limit = try SearchPageSize.checked(fields.limit(.maxResults32), for: .evaluationDatasets)
        let filter = try SearchFilter(parsing: fields.text(.filterString) ?? "", of: .evaluationDatasets)
        let orders = try SearchOrder.orders(parsing: fields.texts(.orderBy), of: .evaluationDatasets)
        let offset = try fields.offset()
        let page = try await store.search(
            experiments: fields.texts(.experimentIDs), filter: filter, orders: orders, limit: limit, offset: offset,
            readableBy: fields.principal)
        return JSONOutput.datasets(page.elements, next: page.nextToken(offset: offset))
    }
}

extension TrackingEndpoints {
    /// What pages ask of the datasets that runs read.
    var datasetSummaries: [TrackingEndpoint] {
        [
            TrackingEndpoint(.post, "experiments/search-datasets", .searchDatasetSummaries, reach: .webPages) { [store] in
                let experiments = try $0.texts(.experimentIDs).map(TrackingStore.experimentID)
                return JSONOutput.datasetSummaries(try await store.datasetSummaries(experiments: experiments))
            }
        ]
    }
}

extension RequestFields {
    fileprivate func evaluationDataset() throws -> String { try parameters.string("dataset_id") }

    /// The value of a text that holds JSON.
    fileprivate static func json(_ text: String, _ name: String) throws(TrackingFault) -> PythonValue {
        do {
            return try PythonValue(parsing: text, as: name)
        } catch {
            throw TrackingFault(.invalidParameterValue, "Invalid \(name): \(error)")
        }
    }

    /// The tags of a text that holds an object; those that are null are none, and what is no text is one as Python writes it.
    fileprivate func tags(required isRequired: Bool) throws(TrackingFault) -> [KeyedText] {
        guard let text = self.text(.tagsText), isRequired || !text.isEmpty else { return [] }
        let value = try Self.json(text, "tags")
        guard let members = value.object else {
            throw TrackingFault(.invalidParameterValue, "Invalid tags: expected an object, found \(value.kind).")
        }
        return members.all.sorted { $0.name < $1.name }.filter { $0.value != .null }
            .map { KeyedText($0.name, $0.value.string ?? PythonText.value($0.value)) }
    }
}
