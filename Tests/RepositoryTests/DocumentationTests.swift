import Foundation
import MartletTesting
import Testing

@Suite struct DocumentationTests {
    @Test func `every public declaration has a comment`() async throws {
        for file in try await SourceTree.swiftFiles(in: "Sources") {
            for (index, line) in file.lines.enumerated() where line.contains("public ") {
                guard line.contains(/^\s*(?:@\w+(?:\([^)]*\))?\s+)*public\s+(?!import\b|extension\b)/) else { continue }
                let above = file.lines[..<index].last { !$0.contains(/^\s*@\w/) } ?? ""
                #expect(above.contains(/^\s*\/\/\//), "\(file.path):\(index + 1)")
            }
        }
    }

    @Test func `every package that is built upon is accounted for at its version`() throws {
        let manifest = try #require(try SourceTree.text("Package.swift"))
        let page = try #require(try SourceTree.text("docs/dependencies.md"))
        let packages = manifest.matches(of: /\.package\(url: "([^"]+)", exact: "([^"]+)"[,)]/)
        #expect(packages.count == manifest.matches(of: /\.package\(/).count, "every version is exact")
        for package in packages {
            let row = page.split(separator: "\n").first { $0.hasPrefix("|") && $0.contains("(\(package.1))") }
            #expect(row?.contains("| \(package.2) |") == true, "\(package.1) \(package.2)")
        }
    }

    @Test func `links between pages lead somewhere`() async throws {
        for path in try await SourceTree.paths() where path.hasSuffix(".md") {
            let folder = SourceTree.root.appending(path: path).deletingLastPathComponent()
            for link in try #require(try SourceTree.text(path)).matches(of: /\]\(([^)\s]+)\)/).map(\.1) {
                guard !link.contains("://"), !link.hasPrefix("#"), let target = link.split(separator: "#").first else { continue }
                let file = folder.appending(path: String(target)).standardizedFileURL.path
                #expect(FileManager.default.fileExists(atPath: file), "\(path) links to \(link)")
            }
        }
    }

    @Test func `every example's project has no fault`() async throws {
        let projects = try await SourceTree.paths().filter { $0.hasPrefix("Examples/") && $0.hasSuffix("/martlet.yaml") }
        #expect(!projects.isEmpty)
        for project in projects {
            let file = SourceTree.root.appending(path: project).path
            let result = try await Command(try MartletBinary.path(), ["check", "--project", file]).run()
            #expect(result.status == 0, "\(result.errors)")
        }
    }
}
