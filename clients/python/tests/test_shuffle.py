"""The order of tests by a seed."""


def test_a_seed_shuffles_the_tests_of_each_file_alike_in_each_run(session, tmp_path):
    many = "".join("def test_%d(): pass\n" % number for number in range(9))
    (tmp_path / "test_a.py").write_text(many + "class TestA:\n" + many.replace("def", "    def").replace("()", "(self)"))
    (tmp_path / "test_b.py").write_text("def test_b(): pass\n")
    order = lambda **env: [line for line in session.run_pytest(tmp_path, "--collect-only", "-q", env=env).splitlines() if "::" in line]
    declared, one, same, other = order(), order(SEATRIAL_SHUFFLE_SEED="1"), order(SEATRIAL_SHUFFLE_SEED="1"), order(SEATRIAL_SHUFFLE_SEED="2")
    assert one == same != declared and other not in (one, declared) and sorted(one) == sorted(declared)
    assert one[-1] == "test_b.py::test_b"
    in_class = [index for index, name in enumerate(one) if "TestA" in name]
    assert in_class == list(range(in_class[0], in_class[0] + 9))
    names = [one[index] for index in in_class]
    assert names != sorted(names)
