import Testing

/// Sizes past which a second idea hides in a file or function. An exception may shrink, and goes once it fits.
@Suite struct SizeTests {
    static let fileLinesMax = 400
    static let functionLinesMax = 60
    static let longFiles: [String: Int] = [:]
    static let longFunctions: [String: Int] = [:]

    @Test func `no file grows past its limit`() async throws {
        for file in try await SourceTree.swiftFiles(in: "Sources", "Tests") {
            let limit = Self.longFiles[file.path] ?? Self.fileLinesMax
            #expect(file.lines.count - 1 <= limit, "\(file.path)")
        }
    }

    @Test func `no function grows past its limit`() async throws {
        for file in try await SourceTree.swiftFiles(in: "Sources", "Tests") {
            for function in file.functions {
                let limit = Self.longFunctions["\(file.path) \(function.name)"] ?? Self.functionLinesMax
                #expect(function.lineCount <= limit, "\(file.path):\(function.line) \(function.name)")
            }
        }
    }

    @Test func `an exception that is no longer needed is taken away`() async throws {
        let files = try await SourceTree.swiftFiles(in: "Sources", "Tests")
        for (path, limit) in Self.longFiles {
            let count = files.first { $0.path == path }.map { $0.lines.count - 1 }
            #expect(count == limit, "\(path): the exception allows \(limit) lines")
        }
        for (name, limit) in Self.longFunctions {
            let counts = files.flatMap { file in file.functions.map { ("\(file.path) \($0.name)", $0.lineCount) } }
            #expect(counts.filter { $0.0 == name }.map(\.1).max() == limit, "\(name): the exception allows \(limit) lines")
        }
    }

    @Test func `functions are found at all`() async throws {
        let functions = try await SourceTree.swiftFiles(in: "Tests/RepositoryTests").flatMap(\.functions)
        #expect(functions.contains { $0.name == "func closingBrace" && $0.lineCount == 20 })
    }
}
