import Foundation
import MartletCore

/// What the file `MLmodel` says of a model that MLflow wrote: in which flavours it can be loaded, from which files, and what it takes.
package struct MLmodelFile: Sendable, Equatable {
    /// The file's name in a model's folder.
    package static let name = "MLmodel"
    /// The most bytes of the file.
    package static let sizeMaxBytes = 1 << 20
    /// The most flavours of a model.
    static let flavorCountMax = 64
    /// The deepest that lists and mappings may be nested; MLflow needs 6.
    static let depthMax = 64
    /// The most folders of a path.
    static let pathPartCountMax = 64

    /// The model's folder.
    package let folder: String
    /// The MLflow that wrote it; `nil` where it says none.
    package private(set) var version: String?
    package private(set) var uuid: String?
    /// The flavours by their names.
    package private(set) var flavors: [String: Flavor] = [:]
    /// What it takes and gives; `nil` where it was logged without.
    package private(set) var signature: MLmodelSignature?

    /// One way to load the model.
    package struct Flavor: Sendable, Equatable {
        /// The model's file or folder, relative to the model's folder, in which it lies.
        package var data: String?
        /// The class of Python's object that was saved.
        package var modelClass: String?
    }

    /// Whether a folder has the file.
    package static func exists(in folder: String) -> Bool { FileManager.default.fileExists(atPath: "\(folder)/\(name)") }

    /// Reads the file of a folder.
    /// - Throws: `notFound`, `storage`, `invalidInput` where it is too large, is not what MLflow writes, or names a path outside of
    ///   the folder.
    package init(folder: String) throws {
        let path = "\(folder)/\(Self.name)"
        guard let text = try SmallTextFile.text(of: path, sizeMaxBytes: Self.sizeMaxBytes) else {
            throw MartletError(.notFound, "there is no '\(path)'; name the folder of a model that MLflow wrote")
        }
        try self.init(folder: folder, text: text, named: path)
    }

    /// Reads the file's text; paths in it are looked at in the folder.
    init(folder: String, text: String, named path: String) throws {
        self.folder = folder
        guard Self.depth(of: text) <= Self.depthMax else {
            throw MartletError(.invalidInput, "'\(path)': expected at most \(Self.depthMax) levels of nesting")
        }
        do {
            let file = try SpecificationFile(name: path, text: text)
            read(file.root)
            try file.finish()
        } catch let error as SpecificationError {
            throw MartletError(.invalidInput, "\(error)")
        }
    }

    /// At most how deep a text's lists and mappings nest: one level needs a bracket, or a line that is indented further.
    private static func depth(of text: String) -> Int {
        var (brackets, deepest, indents) = (0, 0, [0])
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
            // A dash begins a level of its own: `- - - a`.
            let indent = line.prefix { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "?") }
            while let last = indents.last, last > indent.count { indents.removeLast() }
            if indents.last.map({ $0 < indent.count }) ?? true { indents.append(indent.count) }
            let marks = indent.count { $0 != UInt8(ascii: " ") }
            for byte in line {
                if byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{") { brackets += 1 }
                if byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}") { brackets -= 1 }
                deepest = max(deepest, brackets + indents.count + marks)
            }
        }
        return deepest
    }
}

// MARK: - Reading

extension MLmodelFile {
    /// The keys of a flavour whose values are paths in the model's folder.
    private static let pathKeys = ["data", "model_path", "pickled_model", "python_model", "model_data", "model_code_path", "code"]

    private mutating func read(_ root: SpecificationNode) {
        var hasFlavors = false
        for (key, node) in root.members {
            switch key {
            case "mlflow_version" where !node.isNull: version = node.text
            case "model_uuid" where !node.isNull: uuid = node.text
            case "signature" where !node.isNull: signature = MLmodelSignature(node)
            case "flavors":
                hasFlavors = true
                readFlavors(node)
            default: continue
            }
        }
        if root.isMapping, !hasFlavors { root.report("the key 'flavors' is missing; name the folder of a model that MLflow wrote") }
    }

    private mutating func readFlavors(_ node: SpecificationNode) {
        let members = node.members
        guard members.count <= Self.flavorCountMax else { return node.report("expected at most \(Self.flavorCountMax) flavours") }
        for (name, value) in members { flavors[name] = flavor(value) }
    }

    private func flavor(_ node: SpecificationNode) -> Flavor {
        var flavor = Flavor()
        for (key, value) in node.members {
            guard !value.isNull else { continue }
            if Self.pathKeys.contains(key) { check(value) }
            if key == "artifacts" { for (_, artifact) in value.members { checkArtifact(artifact) } }
            if key == "data" { flavor.data = value.text }
            if key == "model_class" { flavor.modelClass = value.text }
        }
        return flavor
    }

    private func checkArtifact(_ node: SpecificationNode) {
        guard node.isMapping else { return }
        for (key, value) in node.members where key == "path" { check(value) }
    }

    /// Reports a path that leads out of the folder, also through a link.
    private func check(_ node: SpecificationNode) {
        guard let path = node.text else { return }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard !path.hasPrefix("/"), !parts.contains(".."), !path.utf8.contains(0), parts.count <= Self.pathPartCountMax else {
            return node.report("expected a path in the model's folder, found '\(path.prefix(120))'")
        }
        let root = URL(filePath: folder).resolvingSymlinksInPath().path
        // Step by step, since links are only followed to what is there.
        for count in 1...parts.count {
            let place = URL(filePath: "\(root)/\(parts.prefix(count).joined(separator: "/"))").resolvingSymlinksInPath().path
            guard place == root || place.hasPrefix("\(root)/") else {
                return node.report("expected a path in the model's folder, found '\(path.prefix(120))', a link that leads out of it")
            }
        }
    }
}

extension SpecificationNode {
    var isNull: Bool { !isMapping && !isList && json == .null }

    /// A text; reports lists and mappings, whatever is in them.
    var text: String? { isMapping || isList ? expected("a text") : string }
}
