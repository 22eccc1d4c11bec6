import Testing

@testable import MartletServer

struct DownloadFieldTests {
    @Test(arguments: [
        ("f.txt", "attachment; filename=f.txt"), ("a b.txt", "attachment; filename=\"a b.txt\""),
        ("a\"b\\.txt", "attachment; filename=\"a\\\"b\\\\.txt\""),
        ("uni cé.txt", "attachment; filename=\"uni ce.txt\"; filename*=UTF-8''uni%20c%C3%A9.txt"),
        ("日本語", "attachment; filename=download; filename*=UTF-8''%E6%97%A5%E6%9C%AC%E8%AA%9E"),
        ("日.txt", "attachment; filename=.txt; filename*=UTF-8''%E6%97%A5.txt"),
    ])
    func `a download has the name of its file`(name: String, field: String) {
        #expect(ContentDisposition.attachment(name) == field)
    }

    @Test(arguments: [
        ("a.json", "text/plain"), ("a.b.yaml", "text/plain"), ("MLmodel", "text/plain"), ("MLproject", "text/plain"),
        ("a.png", "image/png"),
        ("a.PNG", "image/png"), ("index.html", "text/html"), ("model.pkl", "application/octet-stream"),
        ("none", "application/octet-stream"),
        ("x.unheard", "application/octet-stream"), ("a.tar.gz", "application/x-tar"), ("a.pdf", "application/pdf"),
        ("a.csv.gz", "text/csv"), ("a.CSV", "text/csv"), ("a.java", "text/x-java"), ("a.tgz", "application/x-tar"),
        ("a.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), ("a.yaml.gz", "application/octet-stream"),
        (".png", "application/octet-stream"),
        ("", "application/octet-stream"), ("a.", "application/octet-stream"),
    ])
    func `a file has the type of its ending`(name: String, type: String) {
        #expect(MediaType.of(name) == type)
    }
}
