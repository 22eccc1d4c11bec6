import MartletCore

/// The files of a project's model as MLflow's clients load them: the trees in LightGBM's text format, and beside them what turns their answers
/// into the target.
struct ModelArtifacts {
    let files: [(name: String, bytes: [UInt8])]

    /// - Parameter rule: the fitted rule that the model had to beat.
    init(_ card: ModelCard, modelText: String, rule: JSONValue) throws {
        files = [
            ("MLmodel", Array(Self.description(features: card.features).utf8)),
            ("card.json", Array(try JSONValue(encoding: card).canonicalText.utf8)),
            ("model.txt", Array(modelText.utf8)),
            ("requirements.txt", Array("mlflow\nlightgbm\n".utf8)),
            ("rule.json", Array(rule.canonicalText.utf8)),
        ]
    }

    /// The file `MLmodel`, whose format is MLflow's.
    private static func description(features: [String]) -> String {
        let columns = JSONValue.array(features.map { ["name": .string($0), "required": false, "type": "double"] }).canonicalText
        let outputs: JSONValue = [["tensor-spec": ["dtype": "float64", "shape": [-1]], "type": "tensor"]]
        return """
            flavors:
              lightgbm:
                code: null
                data: model.txt
                model_class: lightgbm.basic.Booster
              python_function:
                data: model.txt
                env: {}
                loader_module: mlflow.lightgbm
            signature:
              inputs: '\(columns.replacing(scalars: "'", with: "''"))'
              outputs: '\(outputs.canonicalText)'
              params: null

            """
    }
}
