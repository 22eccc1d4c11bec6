import MartletCore

/// The tag in which clients of MLflow 2 keep what models a run logged.
enum ModelHistory {
    static let tag = "mlflow.log-model.history"
    private static let kept = ["run_id", "artifact_path", "utc_time_created", "model_uuid"]
    private static let mandatory = ["artifact_path", "flavors", "run_id", "utc_time_created"]

    /// What the history tells of a model: a JSON object, as Python writes it.
    static func entry(of modelJSON: String) throws(TrackingFault) -> String {
        let model: PythonValue
        do {
            model = try PythonValue(parsing: modelJSON, as: "model")
        } catch {
            throw TrackingFault(.invalidParameterValue, "Malformed model info. \n \(modelJSON) \n is not a valid JSON.")
        }
        let missing = Set(mandatory).filter { model[$0] == nil }
        guard missing.isEmpty else {
            throw TrackingFault(.invalidParameterValue, "Model json is missing mandatory fields: \(PythonText.set(missing))")
        }
        var members = kept.map { "\(JSONText.quoted($0)): \(PythonJSON.text(member($0, of: model)))" }
        members.append("\"flavors\": \(PythonJSON.text(flavors(model["flavors"] ?? .null)))")
        return "{\(members.joined(separator: ", "))}"
    }

    /// A time is a text whatever it came as.
    private static func member(_ name: String, of model: PythonValue) -> PythonValue {
        guard let value = model[name] else { return .null }
        return name == "utc_time_created" && value.string == nil ? .string(PythonText.value(value)) : value
    }

    /// The history with one more entry; one that cannot be read begins anew.
    static func appending(_ entry: String, to history: String?) -> String {
        guard let history, history.hasPrefix("["), history.hasSuffix("]"), history != "[]" else { return "[\(entry)]" }
        return "\(history.dropLast()), \(entry)]"
    }

    private static func flavors(_ flavors: PythonValue) -> PythonValue {
        guard case .object(var members) = flavors else { return flavors }
        for flavor in members.all {
            guard case .object(var settings) = flavor.value else { continue }
            settings["config"] = nil
            members[flavor.name] = .object(settings)
        }
        return .object(members)
    }
}
