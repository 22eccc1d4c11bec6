import Foundation
import MartletCore
import MartletTesting

@testable import MartletPipeline

/// A project's folder with files in it, and a folder of programs beside it.
struct CodeProject {
    let folder: String
    let programs: String

    /// Runs a body with a project of these files; those with a `#!` may be run, and a text `-> path` makes a link.
    static func with(_ files: [String: String] = [:], _ body: (CodeProject) throws -> Void) throws {
        try withTemporaryFolder { root in
            let project = CodeProject(folder: "\(root)/project", programs: "\(root)/programs")
            try project.write(files)
            for name in ["sh", "bash", "python", "python3", "Rscript", "uv", "cat", "make", "torchrun"] {
                try project.write("../programs/\(name)", "program \(name)", mode: 0o755)
            }
            try body(project)
        }
    }

    func write(_ files: [String: String]) throws {
        for (path, text) in files { try write(path, text, mode: text.hasPrefix("#!") ? 0o755 : 0o644) }
    }

    func write(_ path: String, _ text: String, mode: Int) throws {
        let url = URL(filePath: folder).appending(path: path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        if text.hasPrefix("-> ") {
            try FileManager.default.createSymbolicLink(atPath: url.path, withDestinationPath: String(text.dropFirst(3)))
        } else {
            try Data(text.utf8).write(to: url)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: url.path)
        }
    }

    func find(
        _ command: CodeFinder.Command, globs: [String] = [], environment: [String: String] = [:], inputs: [String] = [],
        limits: CodeFinder.Limits = .init()
    ) throws -> FoundCode {
        try CodeFinder(folder: folder, limits: limits)
            .find(command, globs: globs, environment: ["PATH": programs].merging(environment) { $1 }, inputs: inputs)
    }

    /// The files of a shell text, sorted.
    func files(_ text: String, environment: [String: String] = [:]) throws -> [String] {
        try find(.shell(text), environment: environment).files.keys.sorted()
    }

    func files(globs: [String]) throws -> [String] { try find(.words(["cat"]), globs: globs).files.keys.sorted() }

    func notes(_ text: String) throws -> [String] { try find(.shell(text)).unresolved }

    /// The script with the references of Python.
    static let reference = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "python_imports.py").path
}
