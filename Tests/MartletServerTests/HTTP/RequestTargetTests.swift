import MartletCore
import Testing

@testable import MartletServer

struct RequestTargetTests {
    @Test func `a path is split and each part is decoded`() throws {
        let target = try RequestTarget(parsing: "/v2/models/caf%C3%A9%2Fbar/infer")
        #expect(target.components == ["v2", "models", "café/bar", "infer"])
    }

    @Test func `the path keeps its encoding and loses its query`() throws {
        #expect(try RequestTarget(parsing: "/a%20b?c=d").path == "/a%20b")
    }

    @Test(arguments: ["/", "//", "///"])
    func `the root has no parts`(target: String) throws {
        #expect(try RequestTarget(parsing: target).components.isEmpty)
    }

    @Test(arguments: ["//a/b", "///a/b?c=d", "//a/b/"])
    func `slashes before a path are one, to routes and to guards`(text: String) throws {
        let target = try RequestTarget(parsing: text)
        #expect(target.components == ["a", "b"])
        #expect(target.path.hasPrefix("/a/b"))
    }

    @Test func `a query's broken escapes stay as they are`() throws {
        let target = try RequestTarget(parsing: "/a?x=%FF&y=%zz%&z=%c3%a9%e9%F0%9F%98%80%0a+%4")
        #expect(target.query.map(\.value) == ["%FF", "%zz%", "é%E9😀\n %4"])
    }

    @Test func `one slash at the end is ignored`() throws {
        #expect(try RequestTarget(parsing: "/v2/").components == ["v2"])
    }

    @Test func `an absolute target loses its authority`() throws {
        #expect(try RequestTarget(parsing: "http://host:80/v2?a=1").components == ["v2"])
    }

    @Test func `query items are decoded in order`() throws {
        let target = try RequestTarget(parsing: "/a?x=1+2&y=%26&x=3&z")
        let expected = [("x", "1 2"), ("y", "&"), ("x", "3"), ("z", "")].map { QueryItem(name: $0, value: $1) }
        #expect(target.query == expected)
    }

    @Test(arguments: [
        "/a%", "/a%2", "/a%zz", "/a%00b", "/a%0Ab", "/../etc/passwd", "/a/..", "/a/%2e%2E/b", "/a/.", "/a/..%2Fb",
        "/a/..%5Cb", "/a//b", "/%FF", "a/b", "", "/a//", "//../a", "///%2e%2e/a",
    ])
    func `what no route can mean is refused`(target: String) {
        #expect { try RequestTarget(parsing: target) } throws: { ($0 as? MartletError)?.code == .invalidInput }
    }

    @Test(arguments: ["/..a", "/a..", "/a.b", "/...", "/a..b/c"])
    func `dots within a name are kept`(target: String) throws {
        #expect(try RequestTarget(parsing: target).path == target)
    }
}

struct HTTPRequestTests {
    @Test func `a query item is read as a type`() throws {
        #expect(try HTTPRequest(.get, "/a?limit=5").query("limit", as: Int.self) == 5)
    }

    @Test func `an absent query item is nil`() throws {
        #expect(try HTTPRequest(.get, "/a").query("limit", as: Int.self) == nil)
    }

    @Test func `a query item of another type is refused by name`() throws {
        let request = try HTTPRequest(.get, "/a?limit=many")
        #expect { try request.query("limit", as: Int.self) } throws: { error in
            "\(error)" == "query item 'limit': expected Int, found 'many'"
        }
    }

    @Test func `header names are compared without case`() throws {
        #expect(try HTTPRequest(.get, "/a", headers: ["Content-Type": "x"]).headers["content-type"] == "x")
    }
}
