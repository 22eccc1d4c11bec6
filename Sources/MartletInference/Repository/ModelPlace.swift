import Foundation
import MartletCore

/// Where the parts of a model lie: what kind of model it is by what is there, and its settings.
///
/// Settings stand in `model.yaml` in the model's folder; those of a file that is named by itself beside it, as `net.yaml` of `net.onnx`.
struct ModelPlace {
    enum Kind { case forest, network, sentences, python }

    /// The names that a forest's file has in a folder, in the order in which they are looked for.
    static let forestNames = ["model.txt", "model.lgb", "model.json", "model.ubj", "model.xgb"]
    private static let settingsName = "model.yaml"
    private static let networkEndings = ["onnx", "xml"]

    let kind: Kind
    /// The model's file; the folder of a sentence embedder, and of a model that Python runs.
    let path: String
    let settings: ModelSettings
    /// What MLflow says of the model, where it wrote it.
    let description: MLmodelFile?

    /// Looks at a model file, or at a folder that MLflow wrote, one with a sentence embedder, a model file of a usual name, or a single
    /// model file.
    /// - Parameter python: how models are run by Python unless their settings say otherwise.
    /// - Throws: `notFound` where there is none, and what `MLmodelFile` and `ModelSettings` throw.
    init(_ path: String, of name: String, python: PythonConfiguration = PythonConfiguration()) throws {
        guard !MLmodelFile.exists(in: path) else {
            self = try ModelPlace(flavorsIn: path, python)
            return
        }
        description = nil
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw MartletError(.notFound, "model '\(name)': there is no '\(path)'")
        }
        guard isFolder.boolValue else {
            kind = Self.kind(ofFile: path)
            self.path = path
            settings = try ModelSettings(path: "\((path as NSString).deletingPathExtension).yaml", isNeural: kind == .network)
            return
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: path).filter { !$0.hasPrefix(".") && $0 != Self.settingsName }
        let settingsPath = "\(path)/\(Self.settingsName)"
        guard !SentenceFolder.looksLikeOne(path) else {
            (kind, self.path) = (.sentences, path)
            settings = try ModelSettings(path: settingsPath, isNeural: true)
            return
        }
        if let forest = Self.forestNames.first(where: files.contains) {
            (kind, self.path) = (.forest, "\(path)/\(forest)")
            settings = try ModelSettings(path: settingsPath, isNeural: false)
            return
        }
        let only = Self.only(files)
        let isNeural = only.map { Self.kind(ofFile: $0) == .network } ?? true
        settings = try ModelSettings(path: settingsPath, isNeural: isNeural)
        guard let file = Self.networkNames(settings.neural.precision).first(where: files.contains) ?? only else {
            let names = (Self.forestNames + Self.networkNames(.int8)).joined(separator: ", ")
            throw MartletError(.notFound, "model '\(name)': expected one of \(names) in '\(path)', found \(files.count) files")
        }
        (kind, self.path) = (Self.kind(ofFile: file), "\(path)/\(file)")
    }

    private init(flavorsIn folder: String, _ python: PythonConfiguration) throws {
        let file = try MLmodelFile(folder: folder)
        // Which settings there may be depends on what runs the model, which they may choose.
        let settings = try ModelSettings(path: "\(folder)/\(Self.settingsName)", isNeural: true, python: python)
        description = file
        self.settings = settings
        switch try file.runtime(settings.runtime) {
        case .forest(let path): (kind, self.path) = (.forest, path)
        case .network(let path): (kind, self.path) = (.network, path)
        case .python: (kind, path) = (.python, folder)
        }
    }

    /// What a file is by its name; forests' files are then known by what is in them.
    private static func kind(ofFile path: String) -> Kind {
        networkEndings.contains((path as NSString).pathExtension.lowercased()) ? .network : .forest
    }

    /// The names that a network's file has in a folder: the quantized one has its own where there are both.
    private static func networkNames(_ precision: NeuralConfiguration.Precision) -> [String] {
        (precision == .int8 ? ["model-int8", "model"] : ["model"]).flatMap { stem in networkEndings.map { "\(stem).\($0)" } }
    }

    /// The only file; OpenVINO's own format has two, of which the `.xml` is named.
    private static func only(_ files: [String]) -> String? {
        if files.count == 1 { return files[0] }
        guard files.count == 2, let model = files.first(where: { $0.hasSuffix(".xml") }) else { return nil }
        return files.contains("\(model.dropLast(4)).bin") ? model : nil
    }
}
