import MartletCore
import MartletRegistry

/// Datasets in MLflow's form: what is JSON in a dataset is a text here.
extension JSONOutput {
    private static let datasetSizeBytes = 512

    /// `{"dataset_summaries": …}`.
    static func datasetSummaries(_ summaries: [DatasetSummary]) -> [UInt8] {
        var output = JSONOutput(sizeBytes: summaries.count * 128 + 64)
        output.object { output in
            output.member("dataset_summaries", list: summaries) { output, summary in
                output.object {
                    $0.member("experiment_id", String(summary.experiment))
                    $0.member("name", summary.name)
                    $0.member("digest", summary.digest)
                    if let context = summary.context { $0.member("context", context) }
                }
            }
        }
        return output.finished()
    }

    /// `{"dataset": …}`. - Parameter experiments: those that it was made with.
    static func dataset(_ dataset: EvaluationDataset, experiments: [String] = []) -> [UInt8] {
        var output = JSONOutput(sizeBytes: datasetSizeBytes)
        output.object {
            $0.name("dataset")
            $0.write(dataset, experiments)
        }
        return output.finished()
    }

    /// A page of a search; `next` is the token of the page behind it.
    static func datasets(_ datasets: [EvaluationDataset], next: String?) -> [UInt8] {
        var output = JSONOutput(sizeBytes: datasets.count * datasetSizeBytes + 64)
        output.object { output in
            output.member("datasets", list: datasets) { $0.write($1, []) }
            if let next { output.member("next_page_token", next) }
        }
        return output.finished()
    }

    /// How many records were added and merged.
    static func counts(_ counts: (inserted: Int, updated: Int)) -> [UInt8] {
        var output = JSONOutput(sizeBytes: 64)
        output.object {
            $0.member("inserted_count", Int64(counts.inserted))
            $0.member("updated_count", Int64(counts.updated))
        }
        return output.finished()
    }

    /// `{"deleted_count": …}`.
    static func deletedCount(_ count: Int) -> [UInt8] {
        var output = JSONOutput(sizeBytes: 64)
        output.object { $0.member("deleted_count", Int64(count)) }
        return output.finished()
    }

    /// `{"experiment_ids": …}`.
    static func experimentIDs(_ ids: [String]) -> [UInt8] {
        var output = JSONOutput(sizeBytes: 64 + ids.count * 16)
        output.object { output in output.member("experiment_ids", list: ids) { $0.write($1) } }
        return output.finished()
    }

    /// A page of records, as one text; `next` is the token of the page behind it.
    static func records(_ records: [EvaluationRecord], next: String?) -> [UInt8] {
        let text = "[" + records.map { PythonJSON.text($0.json) }.joined(separator: ", ") + "]"
        var output = JSONOutput(sizeBytes: text.utf8.count + 128)
        output.object {
            $0.member("records", text)
            if let next { $0.member("next_page_token", next) }
        }
        return output.finished()
    }

    private mutating func write(_ dataset: EvaluationDataset, _ experiments: [String]) {
        let tags = dataset.tags.map { "\(MartletRegistry.JSONText.quoted($0.key)): \(MartletRegistry.JSONText.quoted($0.value))" }
        object { output in
            output.member("dataset_id", dataset.id)
            output.member("name", dataset.name)
            output.member("tags", "{\(tags.joined(separator: ", "))}")
            if let schema = dataset.schema { output.member("schema", schema) }
            if let profile = dataset.profile { output.member("profile", profile) }
            output.member("digest", dataset.digest)
            output.member("created_time", dataset.createdAt)
            output.member("last_update_time", dataset.updatedAt)
            if let user = dataset.createdBy { output.member("created_by", user) }
            if let user = dataset.updatedBy { output.member("last_updated_by", user) }
            output.member("experiment_ids", list: experiments) { $0.write($1) }
        }
    }
}

extension EvaluationRecord {
    /// The record as clients read it; what is not there is left out.
    fileprivate var json: PythonValue {
        var members = PythonMembers()
        members["dataset_record_id"] = .string(id)
        members["dataset_id"] = .string(dataset)
        members["inputs"] = inputs
        members["expectations"] = expectations
        members["tags"] = tags
        members["source"] = source
        let data = source?["source_data"]
        members["source_id"] = data?["trace_id"] ?? data?["source_id"]
        members["source_type"] = source?["source_type"]
        members["created_time"] = .integer(String(createdAt))
        members["last_update_time"] = .integer(String(updatedAt))
        members["created_by"] = createdBy.map { .string($0) }
        members["last_updated_by"] = updatedBy.map { .string($0) }
        members["outputs"] = outputs
        return .object(members)
    }
}
