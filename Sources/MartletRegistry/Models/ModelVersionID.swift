/// Which version of which registered model.
package struct ModelVersionID: Sendable, Hashable {
    package let model: String
    package let version: Int64

    /// Names one.
    package init(_ model: String, _ version: Int64) {
        self.model = model
        self.version = version
    }

    /// Reads what a client names: a model and the text of an integer.
    package init(model: String, version: String) throws(TrackingFault) {
        try ModelRules.check(name: model)
        guard let number = PythonText.integer(version) else {
            throw TrackingFault(.invalidParameterValue, "Parameter 'version' must be an integer, got '\(version)'.")
        }
        self.init(model, number)
    }

    var unknown: TrackingFault { .noVersion(self) }
}
