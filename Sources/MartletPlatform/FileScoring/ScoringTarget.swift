import Foundation
import MartletCore

/// The file that is written, checked against what is read.
struct ScoringTarget {
    /// The absolute path.
    let path: String
    private let mayReplace: Bool

    /// - Throws: `invalidInput` where the output is or lies in the input, `notFound` where its folder is missing, `conflict` where it
    ///   exists and no earlier run was about to finish it.
    init(_ output: String, for input: ScoringInput, overwrite: Bool) throws {
        path = URL(filePath: output).standardizedFileURL.path
        mayReplace = overwrite
        let folder = URL(filePath: path).deletingLastPathComponent().path
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
            throw MartletError(.notFound, "there is no folder '\(folder)' for the output; make it first")
        }
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
            throw MartletError(.invalidInput, "'\(output)' is a folder; name a file for the output")
        }
        let place = URL(filePath: folder).resolvingSymlinksInPath().appending(path: URL(filePath: path).lastPathComponent).path
        let real = URL(filePath: path).resolvingSymlinksInPath().path
        guard !input.files.contains(where: { URL(filePath: $0.path).resolvingSymlinksInPath().path == real }) else {
            throw MartletError(.invalidInput, "'\(output)' is the input too; name another file for the output")
        }
        guard !input.wouldRead(place) else {
            throw MartletError(.invalidInput, "'\(output)' lies where the input is, and would be input the next time; write it elsewhere")
        }
        if !FileManager.default.fileExists(atPath: path + ScoringFolder.suffix) { try refuseExisting() }
    }

    /// - Throws: `conflict` where the output exists and may not be replaced.
    func refuseExisting() throws {
        guard !mayReplace, FileManager.default.fileExists(atPath: path) else { return }
        throw MartletError(.conflict, "'\(path)' exists; name another file, or replace it with --overwrite")
    }
}
