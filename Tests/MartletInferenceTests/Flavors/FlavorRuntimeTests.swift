import Foundation
import MartletCore
import MartletTesting
import Testing

@testable import MartletInference

@Suite struct FlavorRuntimeTests {
    private static let native = ["lightgbm", "lightgbm-classes", "xgboost", "xgboost-json", "onnx"].flatMap { name in
        FlavorFixtures.versions.map { (name, $0) }
    }

    private func load(_ folder: String) throws -> ServedModel {
        var configuration = ModelLoader.Configuration()
        configuration.measuringSeconds = 0.001
        configuration.neuralMeasuringSeconds = 0.001
        return try ModelLoader(configuration).load("m", version: 1, path: folder)
    }

    @Test(arguments: native)
    func `models of libraries that are known are run without Python, and answer as MLflow does`(name: String, version: String) throws {
        let model = try load(FlavorFixtures.folder(name, version))
        #expect(model.signature.platform == (name == "onnx" ? "openvino" : "martlet_forest"))
        let (rows, expected) = try FlavorFixtures.answers(name, version)
        let input = try #require(model.signature.inputs.first)
        let cells = rows.flatMap(\.self)
        let elements: TensorElements = name == "onnx" ? .float32(cells.map { Float($0) }) : .float64(cells)
        let tensor = Tensor(name: input.name, shape: [rows.count, 3], elements: elements)
        let found = try #require(try model.model.predict([tensor]).first)
        let numbers: [Double] =
            switch found.elements {
            case .float64(let numbers): numbers
            case .float32(let numbers): numbers.map(Double.init)
            default: []
            }
        #expect(numbers.count == expected.count)
        // XGBoost and ONNX answer in single precision.
        let tolerance = name.hasPrefix("lightgbm") ? 1e-12 : 1e-6
        for (number, expected) in zip(numbers, expected) { #expect(abs(number - expected) <= tolerance * max(1, abs(expected))) }
    }

    @Test func `columns are called as the signature calls them`() throws {
        for name in ["lightgbm", "xgboost", "onnx"] {
            let model = try load(FlavorFixtures.folder(name, "3.17.2"))
            #expect(model.signature.featureNames == ["fixed acidity", "sugar", "age"], "\(name)")
        }
        let unsigned = try load(FlavorFixtures.folder("lightgbm-classes", "3.17.2"))
        #expect(unsigned.signature.featureNames == ["Column_0", "Column_1", "Column_2"])
    }

    @Test func `columns of floats are rounded as MLflow rounds them`() throws {
        struct Echo: TensorModel {
            let signature = TensorSignature(
                platform: "echo", inputs: [.init(name: "input", datatype: .float64, shape: [-1, 2])], outputs: [], hasIndependentRows: true)
            func predict(_ inputs: [Tensor]) throws -> [Tensor] { inputs }
        }
        let columns: [MLmodelSignature.Column] = [.init(name: "a", type: .double), .init(name: "b", type: .float)]
        let model = try #require(SignedModel(Echo(), .columns(columns)))
        let answer = try model.predict([Tensor(name: "input", shape: [1, 2], elements: .float64([0.1, 0.1]))])
        #expect(answer.first?.elements == .float64([0.1, Double(Float(0.1))]))
        #expect(SignedModel(Echo(), .columns(Array(columns.prefix(1)))) == nil, "it has another number of columns")
    }

    // MARK: What is chosen

    private func runtime(
        _ flavors: String, signature: String = "null", files: [String: String] = [:], _ preference: FlavorRuntime.Preference? = nil
    ) throws -> FlavorRuntime {
        try withTemporaryFolder { folder in
            for (name, text) in files { try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)")) }
            let text = "flavors: {\(flavors)}\nsignature: \(signature)"
            switch try MLmodelFile(folder: folder, text: text, named: "MLmodel").runtime(preference) {
            case .forest(let path): return .forest(path: String(path.dropFirst(folder.count + 1)))
            case .network(let path): return .network(path: String(path.dropFirst(folder.count + 1)))
            case .python: return .python
            }
        }
    }

    private static let python = ", python_function: {loader_module: x}"
    private static let booster = "lightgbm: {data: a.lgb, model_class: lightgbm.basic.Booster}"

    @Test func `what this process cannot run as MLflow would goes to Python`() throws {
        #expect(try runtime(Self.booster + Self.python, files: ["a.lgb": "tree\n"]) == .forest(path: "a.lgb"))
        #expect(try runtime(Self.booster + Self.python, files: ["a.lgb": "tree\n"], .python) == .python)
        #expect(try runtime(Self.booster + Self.python, files: ["a.lgb": "tree\npandas_categorical:[]\n"]) == .forest(path: "a.lgb"))
        #expect(try runtime(Self.booster + Self.python, files: ["a.lgb": "tree\npandas_categorical:[[\"x\"]]\n"]) == .python)
        let classifier = "lightgbm: {data: a.pkl, model_class: lightgbm.sklearn.LGBMClassifier}"
        #expect(try runtime(classifier + Self.python, files: ["a.pkl": "x"]) == .python)
        #expect(try runtime("xgboost: {data: a.xgb}" + Self.python, files: ["a.xgb": "binf"]) == .python)
        #expect(
            try runtime("xgboost: {data: a.ubj, model_class: xgboost.sklearn.XGBRegressor}" + Self.python, files: ["a.ubj": "{L"])
                == .python)
        let texts = #"{inputs: '[{"type": "string", "name": "a"}]'}"#
        #expect(try runtime(Self.booster + Self.python, signature: texts, files: ["a.lgb": "tree\n"]) == .python)
        #expect(try runtime("sklearn: {}" + Self.python) == .python)
        #expect(try runtime("onnx: {data: a.onnx}") == .network(path: "a.onnx"))
    }

    @Test func `what nothing runs is refused with its flavours`() throws {
        let other = try #require(throws: MartletError.self) { try runtime("keras: {data: x}, h2o: {}") }
        #expect(other.message.contains("expected one of lightgbm, xgboost, onnx, python_function; its flavours are h2o, keras"))
        let native = try #require(throws: MartletError.self) {
            try runtime("lightgbm: {data: a.pkl, model_class: C}" + Self.python, files: ["a.pkl": ""], .native)
        }
        #expect(native.message.contains("expected a lightgbm.basic.Booster, found a C; its flavours are lightgbm, python_function"))
        let python = try #require(throws: MartletError.self) { try runtime(Self.booster, files: ["a.lgb": "tree\n"], .python) }
        #expect(python.message.contains("the flavour python_function, which runtime: python needs"))
        let absent = try #require(throws: MartletError.self) { try runtime(Self.booster) }
        #expect(absent.code == .notFound)
    }
}
