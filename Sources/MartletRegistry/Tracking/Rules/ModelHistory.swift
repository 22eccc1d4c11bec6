import MartletCore

/// The tag in which clients of MLflow 2 keep what models a run logged.
enum ModelHistory {
    static let tag = "mlflow.log-model.history"
    private static let kept = ["run_id", "artifact_path", "utc_time_created", "model_uuid"]
    private static let mandatory = ["artifact_path", "flavors", "run_id", "utc_time_created"]

    /// What the history tells of a model: a JSON object, as Python writes it.
    static func entry(of modelJSON: String) throws(TrackingFault) -> String {
        let model: JSONValue
        do {
            model = try JSONValue(parsing: Array(modelJSON.utf8), as: "model")
        } catch {
            throw TrackingFault(.invalidParameterValue, "Malformed model info. \n \(modelJSON) \n is not a valid JSON.")
        }
        let missing = Set(mandatory).filter { model[$0] == nil }
        guard missing.isEmpty else {
            throw TrackingFault(.invalidParameterValue, "Model json is missing mandatory fields: \(PythonText.set(missing))")
        }
        var members = kept.map { "\(JSONText.quoted($0)): \(JSONText.python(model[$0] ?? .null))" }
        members.append("\"flavors\": \(JSONText.python(flavors(model["flavors"] ?? .null)))")
        return "{\(members.joined(separator: ", "))}"
    }

    /// The history with one more entry; one that cannot be read begins anew.
    static func appending(_ entry: String, to history: String?) -> String {
        guard let history, history.hasPrefix("["), history.hasSuffix("]"), history != "[]" else { return "[\(entry)]" }
        return "\(history.dropLast()), \(entry)]"
    }

    private static func flavors(_ flavors: JSONValue) -> JSONValue {
        guard case .object(let members) = flavors else { return flavors }
        return .object(
            members.mapValues { flavor in
                guard case .object(var settings) = flavor else { return flavor }
                settings["config"] = nil
                return .object(settings)
            })
    }
}
