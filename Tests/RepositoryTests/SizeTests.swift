import Testing

/// Sizes past which a second idea hides in a file or function. An exception may shrink, and goes once it fits.
@Suite struct SizeTests {
    static let fileLinesMax = 400
    static let functionLinesMax = 60
    static let longFiles: [String: Int] = [:]
    /// By path and name.
    static let longFunctions = [
        "Sources/MartletTesting/Generators/PricingProject.swift func projectText": 69  // one text: a whole project file
    ]

    /// What people write; `Generated` folders hold what a program does.
    private static func files() async throws -> [SourceFile] {
        try await SourceTree.swiftFiles(in: "Sources", "Tests").filter { !$0.path.contains("/Generated/") }
    }

    @Test func `no file grows past its limit`() async throws {
        let files = try await Self.files()
        for file in files {
            #expect(file.lines.count - 1 <= Self.longFiles[file.path] ?? Self.fileLinesMax, "\(file.path)")
        }
        for (path, limit) in Self.longFiles {
            #expect(files.first { $0.path == path }?.lines.count == limit + 1, "\(path): its exception allows \(limit) lines, adjust it")
        }
    }

    @Test func `no function grows past its limit`() async throws {
        var exceptions: [String: Int] = [:]
        for file in try await Self.files() {
            for function in file.functions where function.lineCount > Self.functionLinesMax {
                let name = "\(file.path) \(function.name)"
                exceptions[name] = function.lineCount
                #expect(function.lineCount <= Self.longFunctions[name] ?? Self.functionLinesMax, "\(name), line \(function.line)")
            }
        }
        #expect(exceptions == Self.longFunctions, "an exception that is no longer needed is taken away")
    }

    @Test func `a function's end is found between braces of other kinds`() {
        let file = SourceFile(
            path: "",
            text: #"""
                protocol P { func empty() -> Int; var x: Int { get } }
                struct S {
                    init() {}  // {
                    @discardableResult private static func long(
                        _ body: () -> Void = { }
                    ) -> String {
                        let text = "{ \("}".count { $0 == "{" })"
                        return """
                            {{{
                            """
                    }
                }
                """#)
        #expect(file.functions.map { "\($0.name) \($0.line) \($0.lineCount)" } == ["init 3 1", "func long 4 8"])
    }
}
