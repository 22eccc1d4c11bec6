import Testing

@testable import MartletS3

struct XMLTreeTests {
    private func tree(_ text: String) -> XMLTree? { XMLTree(Array(text.utf8)) }

    @Test func `elements are read with their texts`() {
        let found = tree(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <!-- S3 -->
            <Error xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Code>NoSuchKey</Code> <Empty/><List><A>1</A><A>2</A></List></Error>
            """)
        #expect(found?.name == "Error")
        #expect(found?.text("Code") == "NoSuchKey")
        #expect(found?.text("Empty") == "")
        #expect(found?.children.last?.children.map(\.text) == ["1", "2"])
        #expect(found?.text("None") == nil)
    }

    @Test func `escapes are read`() {
        #expect(tree("<a>&lt;&amp;&gt;&quot;&apos;&#233;&#x1F600;</a>")?.text == "<&>\"'é😀")
    }

    @Test(arguments: [
        "", "text", "<", "<a", "<a>", "<a></b>", "</a>", "<a>&none;</a>", "<a>&#x110000;</a>", "<a>&</a>", "<>", "<a><b></a></b>",
    ])
    func `what is malformed is nothing`(text: String) {
        #expect(tree(text) == nil)
    }

    @Test func `depth has a limit`() {
        let nested = { (depth: Int) in String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth) }
        #expect(tree(nested(XMLTree.depthMax)) != nil)
        #expect(tree(nested(XMLTree.depthMax + 1)) == nil)
        #expect(tree(nested(100_000)) == nil)
    }
}
