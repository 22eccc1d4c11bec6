import MartletStore
import Testing

struct ArtifactPathTests {
    /// Why a text is no path to read; `nil` where it is one.
    private static func refusal(reading text: String) -> ArtifactPath.Refusal? {
        do {
            _ = try ArtifactPath(reading: text)
            return nil
        } catch {
            return error
        }
    }

    private static func refusal(writing text: String) -> ArtifactPath.Refusal? {
        do {
            _ = try ArtifactPath(writing: text)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        "..", "../x", "a/..", "a/../b", "%2e%2e/x", "%252e%252e/x", "a/%2E%2e", "%25252e./x", ".%2e", "a%2f..%2fb",
    ])
    func `steps upwards are refused, however often they are escaped`(text: String) {
        #expect(Self.refusal(reading: text) == .unsafe)
        #expect(Self.refusal(writing: text) == .unsafe)
    }

    @Test(arguments: [
        "/", "/etc", "%2fetc", "%252fetc", "//host/x", "C:\\x", "c:/x", "C%3A%5Cx", "\\\\host\\share", "\\/host", "file:/etc",
        "FILE:///etc",
        "file://host/etc", "file:../x",
    ])
    func `what is absolute here or on Windows is refused`(text: String) {
        #expect(Self.refusal(reading: text) == .unsafe)
        #expect(Self.refusal(writing: text) == .unsafe)
    }

    @Test(arguments: ["a#b", "#", "a%23b", "a%2523b"])
    func `a hash is refused`(text: String) {
        #expect(Self.refusal(reading: text) == .unsafe)
    }

    @Test func `escapes are taken off nine times and not oftener`() throws {
        func escaped(_ count: Int) -> String { "%" + String(repeating: "25", count: count - 1) + "61" }
        #expect(try ArtifactPath(reading: escaped(9)).text == "a")
        #expect(Self.refusal(reading: escaped(10)) == .unsafe)
    }

    @Test(arguments: [
        ("a/b.txt", "a/b.txt"), ("a b", "a b"), ("a%20b", "a b"), ("a\\b", "a\\b"), ("..a/b..", "..a/b.."), ("...", "..."),
        ("100%", "100%"),
        ("a%zz", "a%zz"), ("é/日", "é/日"), ("C:x", "C:x"), ("a:b", "a:b"), ("file:x", "x"), ("x%00y", "x%00y"), ("a\u{7f}\nb", "a%7f%0ab"),
        ("\u{65}\u{301}", "\u{65}\u{301}"), ("a%2Fb", "a/b"), ("a?b=c", "a?b=c"),
    ])
    func `any other name is one`(text: String, path: String) throws {
        #expect(try ArtifactPath(writing: text).text.utf8.elementsEqual(path.utf8))
        #expect(try ArtifactPath(reading: text).text.utf8.elementsEqual(path.utf8))
    }

    @Test func `bytes that are no UTF-8 are replaced`() throws {
        #expect(try ArtifactPath(writing: "a%ffb").text == "a\u{fffd}b")
    }

    @Test(arguments: [("", ""), (".", ""), ("a/", "a"), ("a//b", "a/b"), ("./a/./b/.", "a/b")])
    func `what is read may be written in other ways`(text: String, path: String) throws {
        #expect(try ArtifactPath(reading: text).text == path)
    }

    @Test(arguments: [("a//b/x", "a//b", "a/b"), ("./x", ".", "."), ("a/./x", "a/.", "a"), ("a///x", "a//", "a")])
    func `a folder to write to must be written as it is`(text: String, folder: String, resolved: String) {
        #expect(Self.refusal(writing: text) == .notNormal(folder: folder, resolved: resolved))
    }

    @Test(arguments: ["", ".", "a/", "a/."])
    func `what is written needs a name`(text: String) {
        #expect(Self.refusal(writing: text) == .unsafe)
    }

    @Test func `names of files under way are reserved`() {
        #expect(Self.refusal(writing: "a/.artifact.uploading.x") == .reserved(name: ".artifact.uploading.x"))
        #expect(Self.refusal(reading: "a/.artifact.uploading.x") == nil)
    }

    @Test func `names and paths have a largest size`() {
        let (name, folder) = (String(repeating: "n", count: 255), String(repeating: "abcdefg/", count: 511))
        #expect(Self.refusal(writing: name) == nil)
        #expect(Self.refusal(writing: name + "n") == .tooLong)
        #expect(Self.refusal(writing: folder + "12345678") == nil)
        #expect(Self.refusal(writing: folder + "123456789") == .tooLong)
    }

    @Test func `a path has a name and a folder`() throws {
        let path = try ArtifactPath(reading: "a/b/c")
        #expect((path.name, path.folder.text) == ("c", "a/b"))
        #expect(ArtifactPath.root.isRoot && ArtifactPath.root.folder == .root)
        #expect(try ArtifactPath(reading: "x").appending(path).text == "x/a/b/c")
    }
}
