import Glibc
import MartletCore
import MartletStore

/// A folder of a store of files, read with care: links are not followed, and nothing is read that is too large.
struct SourceFolder: Sendable, Equatable {
    let path: String

    init(_ path: String) { self.path = path }

    /// The last part of the path.
    var name: String { path.split(separator: "/").last.map(String.init) ?? "" }

    func folder(_ name: String) -> SourceFolder { SourceFolder("\(path)/\(name)") }

    /// Whether it is a folder, and no link to one.
    var exists: Bool { Directory.kind(of: path) == S_IFDIR }

    /// Whether it has a file of some name.
    func has(_ name: String) -> Bool { Directory.kind(of: "\(path)/\(name)") == S_IFREG }

    /// The folders in it, by name; none where it is not there.
    func folders() throws -> [SourceFolder] {
        guard exists else { return [] }
        return try Directory.names(in: path).map(folder).filter(\.exists)
    }

    /// A file of YAML in it. - Throws: `invalidInput` with the line, where it is broken; `limitExceeded` where it holds too many values, or
    /// aliases that may stand for too many.
    func meta(_ name: String = "meta.yaml") throws -> YAMLMapping {
        let text = try text(name, sizeMaxBytes: ImportLimits.metaSizeMaxBytes)
        if let excess = YAMLSize(of: text).excess {
            throw MartletError(.limitExceeded, "'\(path)/\(name)': found \(excess); MLflow writes no such file, so it is not read")
        }
        return try YAMLMapping(path: "\(path)/\(name)", text: text)
    }

    /// The text of a file in it, by a path within.
    func text(_ name: String, sizeMaxBytes: Int = ImportLimits.textSizeMaxBytes) throws -> String {
        let path = "\(path)/\(name)"
        guard Directory.kind(of: path) == S_IFREG else {
            throw MartletError(.notFound, "'\(path)': expected a file, found none; restore it, or remove what it belongs to")
        }
        let file = try OpenFile(path, O_RDONLY | O_NOFOLLOW)
        let size = try file.sizeBytes()
        guard size <= sizeMaxBytes else {
            throw MartletError(.limitExceeded, "'\(path)' has \(size) bytes, expected at most \(sizeMaxBytes)")
        }
        guard let text = String(validating: try file.read(at: 0, countMax: size), as: UTF8.self) else {
            throw MartletError(.invalidInput, "'\(path)': expected UTF-8, found other bytes; correct the file")
        }
        return text
    }

    /// Files that hold one text each, by their paths within a folder of it: parameters and tags.
    func texts(in name: String) throws -> [KeyedText] {
        let folder = folder(name)
        return try folder.files().files.map { KeyedText($0, try folder.text($0)) }
    }

    /// The files in it, at any depth, by their paths; links and what else is no file are told apart.
    func files() throws -> (files: [String], others: [String]) {
        var (files, others): ([String], [String]) = ([], [])
        var open = [(path: "", depth: 0)]
        while let (inner, depth) = open.popLast() {
            let place = inner.isEmpty ? path : "\(path)/\(inner)"
            guard Directory.kind(of: place) == S_IFDIR else { continue }
            guard depth <= ImportLimits.depthMax, files.count <= ImportLimits.fileCountMax else {
                throw MartletError(
                    .limitExceeded,
                    "'\(place)': expected at most \(ImportLimits.depthMax) folders in one another and \(ImportLimits.fileCountMax) files")
            }
            for name in try Directory.names(in: place) {
                let within = inner.isEmpty ? name : "\(inner)/\(name)"
                switch Directory.kind(of: "\(path)/\(within)") {
                case S_IFREG: files.append(within)
                case S_IFDIR: open.append((within, depth + 1))
                default: others.append(within)
                }
            }
        }
        return (files.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }, others)
    }
}
