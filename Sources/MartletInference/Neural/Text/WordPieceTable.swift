/// What BERT's uncased tokenizer makes of characters, in base 36: written by make-tokens.py out of the tokenizers library,
/// whose Unicode is older than the platform's. Ranges are pairs (gap from the end before, length); runs are triples (gap from
/// the start before, twice the count and 1 where every other character is meant, what is added).
enum WordPieceTable {
    /// Characters that go.
    static let removed = """
        0 9 2 2 1 i 2n x d 1 gi 34 7n 5 7d 19 1 1 1 2 1 2 1 1 1k 6 a b 1 1 1a l g 1 2t 8 1 6 2 2 1 4 x 1 1 1 u r 2j b 1m 9 y 4 1 9 1 3 \
        1 5 17 3 3r w 1j 1 1 1 4 8 4 1 3 7 a 2 t 1 1m 1 4 4 8 1 k 2 t 2 1l 1 4 2 4 2 2 3 3 1 u 2 3 1 b 2 1l 1 4 5 1 2 4 1 k 2 t 1 1m 1 \
        2 1 1 4 8 1 8 1 b 2 u 1 1p 1 c 1 1e 1 1p 3 5 3 1 4 7 2 b 2 t 1 1m 1 2 1 6 1 5 2 k 2 t 1 1r 4 8 1 k 2 2u 1 7 3 1 1 2i 1 2 7 c 8 \
        2q 1 2 6 1 2 b 6 22 2 r 1 1 1 1 1 1j e 1 5 1 2 5 b 1 10 9 1 2u 4 1 6 1 2 2 2 p 2 4 3 g 4 d 1 2 2 6 1 f 1 jj 3 qa 3 t 3 t 2 u 2 \
        1s 2 1 7 8 1 2 b 9 1 19 4 4a 1 3a 3 4 2 9 1 6 3 63 2 2 1 1m 1 1 7 1 1 1 1 2 8 6 a 2 1 1c e 1u 4 1c 1 1 5 1 1 5 1 14 9 c 2 w 4 \
        2 2 1 3 1k 1 1 2 3 1 1 3 1m 8 2 2 48 3 1 d 1 7 4 1 6 1 3 2 5i 1i 6 4 ej 5 q 5 1d 5 1 a 2o d 4 1 3 c 2da 3 3x 1 2o w fe 4 2z 2 \
        n9w 1 4 a w 2 28 2 7k 1 3 1 4 1 p 2 4d 1 r i 1g 8 p b 1a 3 1c 1 2 4 2 1 14 1 1v 6 2 2 2 2 c 1 8 1 1b 1 1f 1 1 3 2 2 5 2 1 1 16 \
        2 8 1 6m 1 2 1 4 1 aaa 4xs f2 1 kh g g g 5r 1 6x 3 1 1 e7 1 6a 1 45 5 1ae 3 1 2 5 4 14 3 4 1 4l 2 10a 1 1i f 1k 3 1d 4 2 2 2 1 \
        1u 3 10 5 1 8 1q 1 c 2 1g 9 b 3 2q 3 2 1 1 2 4n 1 3 8 l 2 1m 1 3 1 11 7 3 5 8u 6 1 1 4 2 1 2 6m 4 6 2 1 2 r 2 2d 8 2 1 1 2 2y \
        1 1 1 2 6 1 1 2t 3 2 4 1 5 gjo 5 1n 7 uw 4 f7u 2 1 4 43n 3 9 g 2 7 u 4 44 3 1iz 1j 4 1e 8 1 e 1 m 5 1 f 2sg 7 gze2 1 u 2o 3k \
        6o 1e6o 1eke 2 1eke
        """

    /// Characters that part words.
    static let spaces = """
        9 2 2 1 i 1 3j 1 4bj 1 1vj b t 2 5 1 1b 1 334 1
        """

    /// Characters that are words of their own.
    static let ideographs = """
        a9s 534 1s g74 hse 2 1 1 1 2 a 1 1 1 1 2 2 3 1w 2 2y 12 1fk0 wyo w 3ds 74 49c 8ku 2
        """

    /// Words of their own, as another character.
    static let variants = """
        1d6o 2 -lh4 1 2 -sul 1 2 -kzc 1 2 -ldn 1 2 -rar 1 2 -xqr 1 2 -wm9 1 2 -hnv 1 2 -hnw 1 2 -vjs 1 2 -ke1 1 2 -was 1 2 -vk4 1 2 \
        -tuf 1 2 -pt1 1 2 -o0a 1 2 -moh 1 2 -mdz 1 2 -m56 1 2 -kn8 1 2 -s9e 1 2 -rne 1 2 -qwt 1 2 -qbd 1 2 -n2z 1 2 -khb 1 2 -isp 1 2 \
        -xp5 1 2 -wpz 1 2 -s2h 1 2 -qo3 1 2 -mpe 1 2 -hz6 1 2 -us1 1 2 -r3r 1 2 -ms6 1 2 -m2o 1 2 -tp8 1 2 -nke 1 2 -mbs 1 2 -uhq 1 2 \
        -suq 1 2 -rls 1 2 -qi7 1 2 -km6 1 2 -xif 1 2 -x2v 1 2 -wup 1 2 -tbg 1 2 -s4e 1 2 -qoy 1 2 -pqk 1 2 -nxv 1 2 -mr3 1 2 -moq 1 2 \
        -l6w 1 2 -jd2 1 2 -iiy 1 2 -i0w 1 2 -pf3 1 2 -p8d 1 2 -of1 1 2 -n79 1 2 -k6z 1 2 -hxd 1 2 -lt7 1 2 -voj 1 2 -ugv 1 2 -oo4 1 2 \
        -nuv 1 2 -qn8 1 2 -pdp 1 2 -lfq 1 2 -jf6 1 2 -voy 1 2 -uzt 1 2 -sah 1 2 -rjn 1 2 -rb3 1 2 -oio 1 2 -obd 1 2 -jk6 1 2 -ww0 1 2 \
        -nuw 1 2 -x2w 1 2 -x3d 1 2 -p4q 1 2 -oex 1 2 -n6v 1 2 -jj8 1 2 -lp6 1 2 -tqk 1 2 -sbe 1 2 -lsv 1 2 -xt1 1 2 -v3s 1 2 -ua6 1 2 \
        -qfu 1 2 -q2a 1 2 -wuk 1 2 -pd5 1 2 -xie 1 2 -ud9 1 2 -xui 1 2 -rrw 1 2 -t81 1 2 -ojs 1 2 -wq0 1 2 -vta 1 2 -prg 1 2 -n51 1 2 \
        -lvp 1 2 -rzq 1 2 -kw1 1 2 -ru2 1 2 -tpx 1 2 -nf3 1 2 -tlh 1 2 -q35 1 2 -xqh 1 2 -x73 1 2 -x4g 1 2 -smx 1 2 -olw 1 2 -nil 1 2 \
        -luz 1 2 -khb 1 2 -wwa 1 2 -wn2 1 2 -vm6 1 2 -uja 1 2 -t6m 1 2 -r5y 1 2 -pcr 1 2 -jq1 1 2 -isd 1 2 -hyp 1 2 -hx7 1 2 -wz3 1 2 \
        -szp 1 2 -s2d 1 2 -kyz 1 2 -umy 1 2 -u0v 1 2 -txs 1 2 -tfb 1 2 -rcf 1 2 -qx6 1 2 -qa3 1 2 -p8r 1 2 -of6 1 2 -nxk 1 2 -l0y 1 2 \
        -n1n 1 2 -ktz 1 2 -k7l 1 2 -x39 1 2 -wze 1 2 -wkh 1 2 -r13 1 2 -mam 1 2 -lx3 1 2 -ul5 1 2 -ucu 1 2 -tnt 1 2 -s1j 1 2 -ors 1 2 \
        -qia 1 2 -xqc 1 2 -w4w 1 2 -v5v 1 2 -usx 1 2 -uc0 1 2 -qgr 1 2 -qbp 1 2 -o45 1 2 -nze 1 2 -kfx 1 2 -ji4 1 2 -jfv 1 2 -ja4 1 2 \
        -xm2 1 2 -pag 1 2 -kjn 1 2 -jk0 1 2 -u6w 1 2 -xtg 1 2 -xcx 1 2 -v66 1 2 -v3y 1 2 -t9h 1 2 -se5 1 2 -quq 1 2 -pz3 1 2 -n2e 1 2 \
        -ksn 1 2 -htj 1 2 -t31 1 2 -jo8 1 2 -x1a 1 2 -swd 1 2 -st2 1 2 -rrd 1 2 -rhr 1 2 -qf7 1 2 -q5w 1 2 -pk3 1 2 -on3 1 2 -j8y 1 2 \
        -x9g 1 2 -tyc 1 2 -jmj 1 2 -xih 1 2 -uyk 1 2 -rn0 1 2 -l2l 1 2 -uh9 1 2 -u51 1 2 -ssj 1 2 -qj8 1 2 -jme 1 2 -x4k 1 2 -wr3 1 2 \
        -v3u 1 2 -t71 1 2 -syb 1 2 -soq 1 2 -rum 1 2 -qfy 1 2 -q2r 1 2 -o6l 1 2 -mc8 1 2 -mbr 1 2 -kkd 1 2 -jk8 1 2 -wx8 1 2 -rhu 1 2 \
        -wr4 1 2 -qvy 1 2 -qc7 1 2 -mwm 1 2 -jm6 1 2 -ihn 1 2 -i1g 1 2 -swt 1 2 -roq 1 2 -npq 1 2 -p4c 1 2 -p20 1 2 -orr 1 2 -qpm 1 2 \
        -r4y 1 2 -lus 1 2 -xtp 1 2 -ngo 1 2 -x51 1 2 -x6h 1 2 -uor 1 2 -tv3 1 2 -oq5 1 2 -vb3 1 2 -rtz 1 2 -t3m 1 2 -l3g 1 2 -mgs 1 2 \
        -jp8 1 2 -m7z 1 2 -uns 1 2 -xcc 1 2 -wgd 3 2 -vxy 2 2 -t5q 3 2 -x87 1 2 -qng 1 2 -pxp 1 2 -pgc 1 2 -pff 1 2 -pf9 1 2 -pe4 1 2 \
        -jie 1 2 -orj 1 2 -o69 2 2 -mxa 2 2 -lyi 3 2 -kx9 1 2 -krt 4 2 -j7f 1 2 -j73 1 2 -j5w 1 2 -i9l 1 2 -ksw 1 2 -jnc 1 2 -xoi 1 2 \
        -xfu 1 2 -xd1 1 2 -x2i 1 2 -x1s 1 2 -wys 1 2 -wih 1 2 -wfl 1 2 -wcw 1 2 -vzt 1 2 -vwy 1 2 -v6f 1 2 -v66 1 2 -ucp 1 2 -u6u 1 2 \
        -u5t 1 2 -u32 1 2 -tf6 1 2 -tb4 1 2 -t6a 1 2 -ssf 1 2 -rta 1 2 -ros 1 2 -rhh 1 2 -r16 1 2 -qvy 1 2 -qi0 1 2 -pmi 1 2 -phq 1 2 \
        -phg 1 2 -phi 1 2 -phb 1 2 -ph6 1 2 -ph0 1 4 -pfp 2 2 -pas 1 2 -p90 1 2 -p06 1 2 -okj 1 2 -ojz 1 2 -oig 1 2 -oa0 1 2 -o5y 1 2 \
        -nsf 1 2 -nok 1 2 -nol 1 2 -nbc 1 2 -mds 1 2 -ma3 1 2 -m01 1 2 -lyi 1 2 -ln5 1 2 -llp 1 2 -l2o 1 2 -kz3 1 2 -jnp 1 2 -jfu 1 2 \
        -je7 1 2 -ueu 1 2 1sw2 1 2 -nrp 3 2 -y16 1 2 -xbw 1 2 -xe2 1 2 -xrn 1 2 -xf3 1 2 -xdh 1 2 -x4f 1 2 -x31 1 2 -wkb 1 2 -wmc 1 2 \
        -wkh 1 2 -wih 1 2 -w0y 1 2 -vyi 1 2 -vui 1 2 -vu3 1 2 -vmm 1 2 -vh5 1 2 -ur4 1 2 -uqy 1 2 -umz 1 2 -ul4 1 2 -ucu 1 2 -u9l 1 2 \
        -ubk 1 2 -u7v 1 2 -u96 1 2 -u55 1 2 -u3c 1 2 -ts9 1 2 -tpu 1 2 -tod 1 2 -th6 1 2 -t99 1 2 -t4r 1 2 -t4o 1 2 -t32 1 2 -s9o 1 2 \
        -s7w 1 2 -rx2 1 2 -rlp 1 2 -rm6 1 2 -rjs 1 2 -rct 1 2 -r3i 1 2 -pva 1 2 -qy1 1 2 -quo 1 2 -qra 1 2 -qi8 1 2 -qe4 1 2 -qco 1 2 \
        -q6f 1 2 -q6e 1 2 -q1o 1 2 -q18 1 2 -q0k 1 2 -py7 1 2 -pyi 1 2 -pnj 1 2 -pa3 1 2 -p2l 1 2 -oxf 1 2 -or8 1 2 -on0 1 2 -odv 1 2 \
        -o8d 1 2 -nkx 1 2 -ngl 1 2 -mrg 1 2 -met 1 2 -mcx 1 2 -mci 1 2 -m4a 1 2 -m2q 1 2 -m40 1 2 -m2j 1 2 -m2n 1 2 -m35 1 2 -m12 1 2 \
        -lyu 1 2 -lo9 1 2 -l8q 1 2 -l01 1 2 -krv 1 2 -klr 1 2 -jt6 1 2 -jqc 1 2 -jn6 1 2 -jji 1 2 -jij 1 2 -ji8 1 2 -jgx 1 2 -iwr 1 2 \
        -i0i 1 2 1njv 1 2 1njo 1 2 1ptw 1 2 -11rp 1 2 -10vv 1 2 -10uz 1 2 1vuc 1 2 1xx6 1 2 24n0 1 2 -i39 1 2 -i17 2skn 2 -3qo3 1 2 \
        -3qo9 1 2 -3qo1 1 2 -1crl 1 2 -3qg4 1 2 -3qdz 1 2 -3qdn 1 2 -3qbp 1 2 -3q8e 1 2 -3q7k 1 2 -3q5f 1 2 -3q64 1 2 -3vqm 1 2 -1brn \
        1 2 -3q2p 1 2 -3q2j 1 2 -3q24 1 2 -3q1m 1 2 -1bzq 1 2 -3vq2 1 2 -3q25 1 2 -3q14 1 2 -1byj 1 2 -3q0w 1 2 -3q0k 1 2 -3qkt 1 2 \
        -3q0e 1 2 -3q06 1 2 -k71 1 2 -3pyg 1 2 -3py3 1 2 -3vpc 1 2 -3pwl 1 2 -3pwb 1 2 -3pv4 1 2 -3pv0 1 2 -3vnz 1 2 -3psu 1 2 -3pst 1 \
        2 -3ps3 1 2 -3pri 1 4 -3pr8 2 2 -3pqs 1 2 -3ppf 1 2 -3pp8 1 2 -3pp0 1 2 -3poc 1 2 -3po3 1 2 -3po2 1 2 -3po3 1 2 -3po4 1 2 \
        -1b0o 1 2 -3jyd 1 2 -3pm4 1 2 -3plk 1 2 -1as5 1 2 -3pla 1 2 -3pl5 1 2 -3pkl 1 2 -3pge 1 2 -3pj9 1 2 -3piu 1 2 -3phz 1 2 -3pge \
        1 2 -3pe3 1 2 -3pde 1 2 -3pbk 1 2 -3pb5 1 2 -3pa9 1 2 -3paa 1 2 -3p9q 1 2 -3p99 1 2 -3p92 1 2 -3p8o 1 2 -3oz9 1 2 -3p6u 1 2 \
        -3oza 1 2 -3p4t 1 2 -3p3v 1 2 -3pzd 1 2 -3omb 1 2 -3ouc 1 2 -3otb 1 2 -3osn 1 2 -3owa 1 2 -3oro 1 2 -3orq 1 2 -3ooc 1 2 -18xh \
        1 2 -3omg 1 2 -3omc 1 2 -3oly 1 2 -3olf 1 2 -3ol8 1 2 -3ojh 1 2 -18l4 1 2 -18jb 1 2 -3ofq 1 2 -3oeg 1 2 -3oe5 1 2 -3ogd 1 2 \
        -3ocg 1 2 -3vcp 1 2 -3vcc 1 2 -3o81 1 2 -3o6k 1 2 -3o6l 1 2 -17z8 1 2 -3o2y 1 2 -3o2e 1 2 -3o20 1 2 -3o1p 1 2 -17q1 1 2 -3o1f \
        1 2 -3o19 1 2 -3ndt 1 2 -3o0j 1 2 -3v91 1 2 -3nyv 1 2 -3nyi 1 2 -3nw9 1 2 -3nxp 1 2 -176f 1 2 -3nsp 1 2 -176f 1 2 -3nrk 1 2 \
        -3nro 1 2 -3nr8 1 4 -3nog 2 2 -3v4k 1 2 -3nnr 1 2 -3nml 1 2 -3nm1 1 2 -3nku 1 2 -3v3a 1 2 -16h2 1 2 -3v2m 1 2 -3niz 1 2 -3nix \
        1 2 -3niv 1 2 -3nic 1 2 -gsd 1 2 -3ngy 1 2 -165c 1 2 -165d 1 2 -3gk2 1 2 -3ng2 1 2 -3ng3 1 2 -3v0v 1 2 -1333 1 2 -try 1 2 \
        -3nef 1 2 -3ne7 1 2 -3v08 1 2 -3ncy 1 2 -3nbk 1 2 -3nbb 1 2 -3nae 1 2 -3n6n 1 2 -3uxz 1 2 -3uyu 1 2 -3n67 1 2 -15g0 1 2 -3n4u \
        1 2 -3n1a 1 2 -3n17 1 2 -3n16 1 2 -3n19 1 2 -3n00 1 2 -3mzh 1 2 -3myi 1 2 -3myx 1 2 -3myn 1 2 -3mxd 1 2 -3mwu 1 2 -3mwr 1 2 \
        -3mw2 1 2 -3mvs 1 2 -3mtz 1 2 -3mro 1 2 -3mqq 1 2 -3mnb 1 2 -14mk 1 2 -3mnw 1 2 -3mpq 1 2 -3mmr 1 2 -3mm1 1 2 -3mjd 1 2 -14gd \
        1 2 -3mhp 1 2 -3mkb 1 2 -3ml4 1 2 -3us4 1 2 -3mfu 1 2 -3mfa 1 2 -3meg 1 2 -3mfj 1 2 -3uqj 1 2 -3m9l 1 2 -3m8t 1 2 -13nk 1 2 \
        -3m5k 1 2 -3lxw 1 2 -3m2s 1 2 -3ulx 1 2 -3m0u 1 2 -3umg 1 2 -3unh 1 2 -3q68 1 2 -3q66 1 2 -3lxw 1 2 -3m0p 1 2 -3gvd 1 2 -3svy \
        1 2 -3lxd 1 2 -3lxa 1 2 -3lx5 1 2 -3lvh 1 2 -3lvt 1 2 -12xm 1 2 -3ul1 1 2 -3lr9 1 2 -3luj 1 2 -3lov 1 2 -3lnh 1 2 -12t2 1 2 \
        -3lna 1 2 -3lqe 1 2 -3ljm 1 2 -3uiy 1 2 -3lie 1 2 -3lfq 1 2 -3lds 1 2 -3l8j 1 2 -12dl 1 2 -3l76 1 2 -3ufq 1 2 -3l5a 1 2 -11zd \
        1 2 -3l3x 1 2 -3uec 1 2 -3l35 1 2 -3l1x 1 4 -3l17 2 2 -11m2 1 2 -17fx 1 2 -11j3 1 2 -3kx8 1 2 -116n 1 2 -3ku5 1 2 -3kts 1 2 \
        -3kwn 1 2 -3krt 1 2 -3kqq 1 2 -3kp6 1 2 -3kqp 1 2 -3kpm 1 2 -3kp8 1 2 -3kow 1 2 -1148 1 2 -3kr7 1 2 -3kk9 1 2 -3kij 1 2 -3u8n \
        1 2 -3kg0 1 2 -3kg5 1 2 -10sc 1 2 -3klx 1 2 -3kbl 1 2 -10oi 1 2 -10n7 1 2 -3k98 1 2 -3k62 1 2 -3k6u 1 2 -3k6y 1 2 -3u68 1 2 \
        -3k5p 1 2 -3k4b 1 2 -3k4i 1 2 -3k31 1 2 -1c6u 1 2 -3jyv 1 2 -103e 1 2 -3jwi 1 2 -zuc 1 2 -3jso 1 2 -3jsc 1 2 -3jrm 1 2 -zdn 1 \
        2 -3jqc 1 2 -3jps 1 2 -z5d 1 2 -yz7 1 2 -3jji 1 2 -3jj2 1 2 -3tz2 1 2 -3jie 1 2 -3tys 1 2 -3tyt 1 2 -3jdz 1 2 -3jdf 1 2 -3jcv \
        1 2 -3jcc 1 2 -3jag 1 2 -3tw8 1 2 -3j80 1 2 -y67 1 2 -3j7c 1 2 -y3p 1 2 -3j60 1 2 -16l6 1 2 -3j1m 1 2 -xi2 1 2 -xhg 1 2 -xdl 1 \
        2 -3tqa 1 2 -3tpz 1 2 -3ivg 1 2 -x8u 1 2 -x8w 1 2 -x7u 1 2 -x75 1 4 -3iuf 2 2 -3iug 1 2 -3ita 1 2 -3tow 1 2 -3irj 1 2 -3tol 1 \
        2 -3tme 1 2 -wmo 1 2 -3im8 1 2 -3ikj 1 2 -3iis 1 2 -3tke 1 2 -w8c 1 2 -3if1 1 2 -w56 1 2 -w40 1 2 -3idj 1 2 -3ib0 1 2 -3tih 1 \
        2 -3i8p 1 2 -3i8g 1 2 -3i8c 1 2 -vkw 1 2 -vcm 1 2 -vcn 1 2 -3i41 1 2 -3tcu 1 2 -v5i 1 2 -3hy4 1 2 -3hy2 1 2 -3tbx 1 2 -uzp 1 2 \
        -3hqs 1 2 -3t8n 1 2 -3hq8 1 2 -3hqe 1 2 -3hpm 1 2 -ued 1 2 -3hmx 1 2 -3t64 1 2 -3hk7 1 2 -3hil 1 2 -3hgr 1 2 -3t4t 1 2 -tvu 1 \
        2 -tv0 1 2 -3t3v 1 2 -tr0 1 2 -3h8c 1 2 -to9 1 2 -3h7n 1 2 -3h4v 1 2 -3h4l 1 2 -tcx 1 2 -tax 1 2 -3h25 1 2 -t7a 1 2 -3h1r 1 2 \
        -134x 1 2 -3t0s 1 2 -3h00 1 2 -3gxs 1 2 -3szd 1 2 -3gw7 1 2 -3oi9 1 2 -stc 1 2 -ssz 1 2 -133q 1 2 -133i 1 2 -3gqy 1 2 -3gqw 1 \
        2 -3e27 1 2 -3swz 1 2 -3gn2 1 2 -3gn9 1 2 -3gms 1 2 -3q3j 1 2 -3gma 1 2 -3gm9 1 2 -3gm0 1 2 -3gkw 1 2 -s4b 1 2 -3gkz 1 2 -3gjg \
        1 2 -3ghj 1 2 -3gfi 1 2 -3gjd 1 2 -3gf4 1 2 -3gdz 1 2 -3gaw 1 2 -3gi5 1 2 -3gev 1 2 -3geu 1 2 -3gef 1 2 -rxq 1 2 -rp6 1 2 -rtd \
        1 2 -3ssc 1 2 -3g6v 1 2 -3g6u 1 2 -3g5w 1 2 -qg1 1 2 -3g3s 1 2 -rcx 1 2 -3sr5 1 2 -3sr2 1 2 -r9b 1 2 -r1b 1 2 -3sqv 1 2 -3fxf \
        1 2 -3fx4 1 2 -3fwu 1 2 -3fwt 1 2 -3fv2 1 2 -3fw0 1 2 -3fsb 1 2 -3ftk 1 2 -3fpe 1 2 -3fro 1 2 -3fpu 1 2 -3fp4 1 2 -3so8 1 2 \
        -3fmn 1 2 -3fls 1 2 -3snd 1 2 -3fj7 1 2 -3fj5 1 2 -py6 1 2 -3ffz 1 2 -3fft 1 2 -3slv 1 2 -3ff3 1 2 -3w27 1 2 -pi5 1 2 -pd2 1 2 \
        -3si7 1 2 -3shz 1 2 -3f3j 1 2 -3f1f 1 2 -3ex3 1 2 -3erh 1 2 -oq3 1 2 -3ep5 1 2 -3eok 1 2 -3em3 1 2 -3ejk 1 2 -o89 1 2 -1brp 1 \
        2 -3ehb 1 2 -3ehr 1 2 -3egc 1 2 -1blr 1 2 -3ea2 1 2 -3e7b 1 2 -mxa 1 2 -mwk 1 2 -3dxq 1 2 -3dv6 1 2 -3dub 1 2 -mnr 1 2 -3du3 1 \
        2 -3dm7 1 4 -3dht 2 2 -3dke 1 2 -3d9u 1 2 -3d93 1 2 -lpv 1 2 -3cyr 1 2 -3ryy 1 2 -3cxl 1 2 -lfe 1 2 -3rws 1 2 -3cq8 1 2 -3o02 \
        1 2 -3cnm 1 2 -koh 1 2 -kil 1 2 -3rt6 1 2 -3rsz 1 2 -3cii 1 2 -k4x 1 2 -3rre 1 2 -k13 1 2 -3chf 1 2 -3chg 1 2 -3cgn 1 2 -jt7 1 \
        2 -3cbk 1 2 -3ro0 1 2 -3c9n 1 2 -3c66 1 2 -3c5g 1 2 -3c3t 1 2 -3rju 1 2 -iqh 1 2 -3bw8 1 2 -3bnv 1 2 -3bin 1 2 -3rcv 1 2 -3rc1 \
        1 2 -3bfs 1 2 -hmq 1 2 -3rbt 1 2 -hl9 1 2 -hdx 1 2 -hab 1 2 -3b6i 1 2 -3r9c 1 2 -3b4u 1 2 -3b4q 1 2 -3b4k 1 2 -3b4b 1 2 -3b45 \
        1 2 -3b35 1 2 -gm5
        """

    /// Characters that become another.
    static let replaced = """
        1t 1g w 3j 2 -2n 1 2 -2o 1 2 -2p 1 2 -2q 1 2 -2r 1 2 -2s 1 2 w 1 2 -2s 1 2 -2r 1 2 -2s 1 2 -2t 1 2 -2u 1 2 -2r 1 2 -2s 1 2 -2t \
        1 2 -2u 1 2 w 1 4 -2r 2 2 -2s 1 2 -2t 1 2 -2u 1 2 -2v 2 2 w 1 2 -2s 1 2 -2t 1 2 -2u 1 2 -2v 1 2 -2s 1 2 w 2 2 -3j 1 2 -3k 1 2 \
        -3l 1 2 -3m 1 2 -3n 1 5 -3o 3 2 -3n 1 2 -3o 1 2 -3p 1 2 -3q 1 2 -3n 1 2 -3o 1 2 -3p 1 2 -3q 2 4 -3n 2 2 -3o 1 2 -3p 1 2 -3q 1 \
        2 -3r 3 2 -3o 1 2 -3p 1 2 -3q 1 2 -3r 1 2 -3o 2 2 -3q 1 2 -4f 1 2 -4g 1 2 -4h 1 2 -4i 1 2 -4j 1 2 -4k 1 2 -4j 1 2 -4k 1 2 -4l \
        1 2 -4m 1 2 -4n 1 2 -4o 1 2 -4p 1 4 -4q 2 2 -4r 1 2 1 2 2 -4t 1 2 -4u 1 2 -4v 1 2 -4w 1 2 -4x 1 2 -4y 1 2 -4z 1 2 -50 1 2 -51 \
        1 2 -52 1 2 -51 1 2 -52 1 2 -53 1 2 -54 1 2 -55 1 2 -56 1 2 -57 1 4 -58 2 2 -59 1 2 1 2 2 -5b 1 2 -5c 1 2 -5d 1 2 -5e 1 2 -5f \
        1 2 -5g 1 2 -5h 1 2 -5i 1 2 -5j 2 2 1 2 2 -5m 1 4 -5n 2 2 -5o 2 2 -5p 1 2 -5q 1 2 -5r 1 2 -5s 1 2 -5t 1 2 -5u 1 5 1 4 2 -5x 1 \
        2 -5y 1 2 -5z 1 2 -60 1 2 -61 1 2 -62 2 2 1 2 2 -65 1 2 -66 1 2 -67 1 2 -68 1 2 -69 1 2 -6a 1 2 1 2 2 -6a 1 2 -6b 1 2 -6c 1 2 \
        -6d 1 2 -6e 1 4 -6f 2 2 -6g 1 2 -6h 1 2 -6i 1 2 -6j 1 2 -6k 1 2 -6l 1 4 -6m 2 2 -6n 1 2 -6o 1 2 -6p 1 2 1 2 2 -6r 1 2 -6s 1 2 \
        -6t 1 2 -6u 1 2 -6v 1 2 -6w 1 2 -6x 1 2 -6y 1 2 -6z 1 2 -70 1 2 -71 1 2 -72 1 2 -71 1 2 -72 1 2 -71 1 2 -72 1 4 -73 2 2 -74 1 \
        2 -75 1 2 -76 1 2 -77 1 2 -78 3 2 5u 1 5 1 4 2 5q 1 2 1 2 4 5p 2 2 1 3 2 27 1 2 5m 1 2 5n 1 2 1 2 2 5p 1 2 5r 2 2 5v 1 2 5t 1 \
        2 1 4 2 5v 1 2 5x 2 2 5y 1 2 -8h 1 2 -8i 1 5 1 4 2 62 1 2 1 2 2 62 3 2 1 2 2 62 1 2 -8q 1 2 -8r 1 4 61 2 5 1 4 2 63 1 2 1 4 2 \
        1 8 2 2 1 2 1 2 2 2 1 2 1 2 2 2 1 2 1 2 2 -a4 1 2 -a5 1 2 -9y 1 2 -9z 1 2 -9u 1 2 -9v 1 2 -9q 1 2 -9r 1 2 -9s 1 2 -9t 1 2 -9u \
        1 2 -9v 1 2 -9w 1 2 -9x 1 2 -9y 1 2 -9z 2 2 -al 1 2 -am 1 2 -an 1 2 -ao 1 2 -70 1 2 -71 1 2 1 2 2 -an 1 2 -ao 1 2 -al 1 2 -am \
        1 2 -aj 1 2 -ak 1 2 -al 1 2 -am 1 2 4k 1 2 4j 1 2 -au 1 2 2 1 2 1 2 2 -b1 1 2 -b2 1 2 -2p 1 2 -1k 1 2 -ay 1 2 -az 1 2 -bd 1 2 \
        -be 1 2 -7q 1 2 -7r 1 2 -7a 1 2 -7b 1 2 -bj 1 2 -bk 1 2 -bl 1 2 -bm 1 2 -bj 1 2 -bk 1 2 -bl 1 2 -bm 1 2 -bj 1 2 -bk 1 2 -bl 1 \
        2 -bm 1 2 -bh 1 2 -bi 1 2 -bj 1 2 -bk 1 2 -bi 1 2 -bj 1 2 -bk 1 2 -bl 1 2 -bj 1 2 -bk 1 2 -bl 1 2 -bm 1 2 -bp 1 4 -bq 2 2 -br \
        1 2 1 2 2 -c6 1 2 -c7 1 2 -3m 2 5 1 4 2 -cl 1 2 -cm 1 2 -cj 1 2 -ck 1 2 -cb 1 2 -cc 1 2 -cd 1 2 -ce 1 2 -cf 1 2 -cg 1 2 -ch 1 \
        2 -ci 1 2 -c9 1 2 -ca 7 2 8bv 1 2 1 2 2 -4j 1 2 8bs 3 2 1 2 2 -5f 1 2 1x 1 2 1z 1 b 1 8a 5 1 4 2 -57 2 2 1 8 2 -n7 1 2 38 6 2 \
        -kd 1 2 17 1 2 -k0 1 2 19 1 2 1a 1 2 1b 2 2 1f 2 2 1j 1 2 1m 1 2 15 1 y w i e w 7 2 f 1 2 q 1 2 5 1 2 8 1 2 9 1 2 a 1 2 l q 2 \
        -h 1 2 -6 1 2 -d 1 2 -8 1 2 -5 1 2 8 4 2 -1 1 2 -2 4 p 1 s 2 -1o 3 2 1 2 2 -7 1 2 1 3 6 -3m 3 2 1h 1 2 1g 1 2 28 1 2 1c 1 6 28 \
        3 2 27 1 8 28 4 2 1a 1 2 17 1 2 1h 1 2 28 1 i w 9 2 v 1 18 w v 2 -1 n 2 -r 1 2 -s 2 2 -w 4 2 -1 5 2 -y 1 2 -11 1 2 -r 2 n 1 m \
        2 -1 1 2 -2 1 b 1 i 1j 1 1i 2 f 1 2 -3v 1 2 -3w 1 d 1 d 2 -4g 1 2 -4h 1 2 -4i 1 2 -4j 1 2 1 2 2 -4h 1 2 -4i 1 2 1 2 2 -1 1 2 \
        -2 1 2 -4m 1 4 -4n 2 2 -4o 1 2 1 2 2 -4q 1 2 -4r 1 2 -4s 1 2 -4t 1 2 -4o 1 2 -4p 1 2 1 2 2 -1 1 2 -2 1 2 -4f 1 2 -4g 1 2 -4r 1 \
        2 -4s 1 2 -4t 1 2 -4u 1 2 -4v 1 2 -4w 1 2 -4t 1 2 -4u 1 2 1 2 2 -4t 1 2 -4u 1 1j 1 1j 24 1c 6p 2 5 1 2 4 1 2 10 1 2 2 1 2 10 \
        4a 2 l 2 2 -1 h 2 -1 gm 2 -1 8 2 -1 3 2 -1 10 6 -1v 3 2 -1r 1 4 -1n 2 2 -1f 1 2 -1c 3h 4 -1n 3 2 -1c 2c 2 -1 3 2 2 z 4 -1v 2 2 \
        -1r 3 2 -1f 6i 2 -1 k 4 -1n 9w 2 l 7 4 e 3 2 -8 7k 2 -1 a1 2 -1 a 2 -1 5 2 -1 5 2 -1 5 2 -1 d 2 -15 59 2 -1 3e 24 5ls 13 2 5ls \
        6 2 5ls k3 4g tzk 28 c 8 1fv 2 -6 2 2 -8 6 2 -e 92 2 1 7 2e -2bk 19 6 -2bk 8z 2 -5un 1 4 -5uo 2 2 -5up 1 2 -5uq 1 2 -5ur 1 2 \
        -5us 1 4 -5ut 2 4 -5uu 2 2 -5uv 1 2 -5uw 1 2 -5ux 1 2 -5uy 1 2 -5uz 1 2 -5v0 1 2 -5v1 1 2 -5v2 1 4 -5v3 2 2 -5v4 1 2 -5v5 1 2 \
        -5v6 1 2 -5v7 1 2 -5v8 1 2 -5v9 1 2 -5va 1 2 -5vb 1 4 -5vc 2 4 -5vd 2 4 -5ve 2 2 -5vf 1 2 -5vg 1 2 -5vh 1 2 -5vi 1 2 -5vj 1 2 \
        -5vk 1 2 -5vl 1 2 -5vm 1 4 -5vn 2 2 -5vo 1 2 -5vp 1 2 -5vq 1 2 -5vp 1 2 -5vq 1 2 -5vr 1 2 -5vs 1 2 -5vt 1 4 -5vu 2 2 -5vv 1 2 \
        -5vw 1 2 -5vx 1 2 -5vy 1 2 -5vz 1 2 -5w0 1 4 -5w1 2 2 -5w2 1 2 -5w3 1 2 -5w4 1 2 -5w5 1 4 -5w6 2 2 -5w7 1 2 -5w8 1 2 -5w9 1 2 \
        -5wa 1 2 -5wb 1 2 -5wc 1 4 -5wd 2 2 -5we 1 2 -5wf 1 2 -5wg 1 2 -5wh 1 2 -5wi 1 2 -5wj 1 4 -5wk 2 2 -5wl 1 2 -5wm 1 2 -5wn 1 2 \
        -5wm 1 2 -5wn 1 2 -5wo 1 2 -5wp 1 2 -5wq 1 2 -5wr 1 2 -5ws 1 4 -5wt 2 2 -5wu 1 2 -5wv 1 2 -5ww 1 2 -5wx 1 2 -5wy 1 2 -5wz 1 2 \
        -5x0 1 2 -5x1 1 4 -5x2 2 2 -5x3 1 2 -5x4 1 2 -5x5 1 2 -5x6 1 2 -5x7 1 2 -5x8 1 4 -5x9 2 2 -5xa 1 2 -5xb 1 2 -5xc 1 2 -5xd 1 2 \
        -5xe 1 2 -5xf 1 2 -5xg 1 2 -5xh 1 4 -5xi 2 2 -5xj 1 2 -5xk 1 4 -5xl 2 2 -5xm 1 2 -5xn 1 2 -5xo 1 2 -5xp 1 2 -5xq 1 2 -5xr 1 2 \
        -5xs 1 2 -5xt 1 4 -5xu 2 2 -5xv 1 2 -5xw 1 4 -5xx 2 4 -5xy 2 2 -5xz 1 2 -5y0 1 2 -5y1 1 2 -5y2 1 2 -5y3 1 2 -5ym 1 2 -5yb 1 2 \
        -5y9 1 2 -5y8 2 2 -5r0 3 2 -5vj 2 2 -5z3 1 2 -5z4 1 2 -5z5 1 2 -5z6 1 2 -5z7 1 2 -5z8 1 2 -5z9 1 2 -5za 1 2 -5zb 1 2 -5zc 1 2 \
        -5zd 1 2 -5ze 1 2 -5zf 1 2 -5zg 1 2 -5zh 1 2 -5zi 1 2 -5zj 1 2 -5zk 1 2 -5zl 1 2 -5zm 1 2 -5zn 1 2 -5zo 1 2 -5zp 1 2 -5zq 1 2 \
        -5zn 1 2 -5zo 1 2 -5zp 1 2 -5zq 1 2 -5zr 1 2 -5zs 1 2 -5zt 1 2 -5zu 1 2 -5zv 1 2 -5zw 1 2 -5zx 1 2 -5zy 1 2 -5zz 1 2 -600 1 2 \
        -601 1 2 -602 1 2 -5zz 1 2 -600 1 2 -601 1 2 -602 1 2 -5zx 1 2 -5zy 1 2 -5zz 1 2 -600 1 2 -601 1 2 -602 1 2 -603 1 2 -604 1 2 \
        -605 1 2 -606 1 2 -607 1 2 -608 1 2 -609 1 2 -60a 1 2 -60b 1 2 -60c 1 2 -60d 1 2 -60e 1 2 -60f 1 2 -60g 1 2 -60h 1 2 -60i 1 2 \
        -60j 1 2 -60k 1 2 -60f 1 2 -60g 1 2 -60h 1 2 -60i 1 2 -60j 1 2 -60k 1 2 -60l 1 2 -60m 1 2 -60n 1 2 -60o 1 2 -60p 1 2 -60q 1 2 \
        -60r 1 2 -60s 1 2 -60p 1 2 -60q 1 2 -60r 1 2 -60s 1 2 -60t 1 2 -60u 1 2 -60v 1 2 -60w 1 7 1 6 2 -5e7 1 2 -5e8 1 2 -5e9 1 2 \
        -5ea 1 2 -5eb 1 2 -5ec 1 2 -5ed 1 2 -5ee 1 2 -5ef 1 2 -5eg 1 2 -5eh 1 2 -5ei 1 2 -5ej 1 2 -5ek 1 2 -5el 1 2 -5em 1 2 -5ej 1 2 \
        -5ek 1 2 -5el 1 2 -5em 1 2 -5en 1 2 -5eo 3 2 -5er 1 2 -5es 1 2 -5et 1 2 -5eu 1 2 -5ev 1 2 -5ew 3 2 -5ex 1 2 -5ey 1 2 -5ez 1 2 \
        -5f0 1 2 -5f1 1 2 -5f2 1 2 -5f3 1 2 -5f4 1 2 -5f5 1 2 -5f6 1 2 -5f7 1 2 -5f8 1 2 -5f9 1 2 -5fa 1 2 -5fb 1 2 -5fc 1 2 -5fb 1 2 \
        -5fc 1 2 -5fd 1 2 -5fe 1 2 -5ff 1 2 -5fg 1 2 -5fh 1 2 -5fi 1 2 -5fj 1 2 -5fk 1 2 -5fl 1 2 -5fm 1 2 -5fn 1 2 -5fo 1 2 -5fp 1 2 \
        -5fq 1 2 -5fl 1 2 -5fm 1 2 -5fn 1 2 -5fo 1 2 -5fp 1 2 -5fq 3 2 -5ft 1 2 -5fu 1 2 -5fv 1 2 -5fw 1 2 -5fx 1 2 -5fy 3 2 -5fv 1 2 \
        -5fw 1 2 -5fx 1 2 -5fy 1 2 -5fz 1 2 -5g0 1 2 -5g1 1 2 -5g2 2 2 -5g4 2 2 -5g6 2 2 -5g8 2 2 -5ga 1 2 -5g7 1 2 -5g8 1 2 -5g9 1 2 \
        -5ga 1 2 -5gb 1 2 -5gc 1 2 -5gd 1 2 -5ge 1 2 -5gf 1 2 -5gg 1 2 -5gh 1 2 -5gi 1 2 -5gj 1 2 -5gk 1 2 -5gl 1 2 -5gm 1 2 -5hb 1 2 \
        -5hc 1 2 -5h9 1 2 -5ha 1 2 -5h9 1 2 -5ha 1 2 -5h9 1 2 -5ha 1 2 -5h5 1 2 -5h6 1 2 -5h1 1 2 -5h2 1 2 -5gz 1 2 -5h0 3 2 -5hr 1 2 \
        -5hs 1 2 -5ht 1 2 -5hu 1 2 -5hv 1 2 -5hw 1 2 -5hx 1 2 -5hy 1 2 -5hz 1 2 -5i0 1 2 -5i1 1 2 -5i2 1 2 -5i3 1 2 -5i4 1 2 -5i5 1 2 \
        -5i6 1 2 -5i1 1 2 -5i2 1 2 -5i3 1 2 -5i4 1 2 -5i5 1 2 -5i6 1 2 -5i7 1 2 -5i8 1 2 -5i9 1 2 -5ia 1 2 -5ib 1 2 -5ic 1 2 -5id 1 2 \
        -5ie 1 2 -5if 1 2 -5ig 1 2 -5hz 1 2 -5i0 1 2 -5i1 1 2 -5i2 1 2 -5i3 1 2 -5i4 1 2 -5i5 1 2 -5i6 1 2 -5i7 1 2 -5i8 1 2 -5i9 1 2 \
        -5ia 1 2 -5ib 1 2 -5ic 1 2 -5id 1 2 -5ie 1 2 -5j3 1 2 -5j4 1 2 -5j5 1 2 -5j6 1 2 -5j7 2 2 -5j9 1 2 -5ja 1 2 -5jb 1 2 -5jc 1 2 \
        -5jd 1 2 -5je 1 2 -5jf 2 2 -5j9 3 2 -655 1 2 -5jf 1 2 -5jg 1 2 -5jh 2 2 -5jj 1 2 -5jk 1 2 -5jn 1 2 -5jo 1 2 -5jn 1 2 -5jo 1 2 \
        -5jp 1 2 -e 1 2 -f 1 2 -g 1 2 -5jr 1 2 -5js 1 2 -5jt 1 2 -5ju 3 2 -5jx 1 2 -5jy 1 2 -5jz 1 2 -5k0 1 2 -5k1 1 2 -5k2 2 2 x 1 2 \
        w 1 2 v 1 2 -5jv 1 2 -5jw 1 2 -5jx 1 2 -5jy 1 2 -5k3 1 2 -5k4 1 2 -5k1 1 2 -5k2 1 2 -5k3 1 2 -5k4 1 2 -5k5 1 2 -5k6 1 2 -5kb 1 \
        2 -66d 1 2 -66e 1 2 -68f 3 2 -5k9 1 2 -5ka 1 2 -5kb 2 2 -5kd 1 2 -5ke 1 2 -5kp 1 2 -5kq 1 2 -5kh 1 2 -5ki 1 2 -5kj 1 2 -66h 89 \
        2 -5st 4 2 -6gv 1 2 -6h6 7 2 s 1a w g z 2 1 n 2 -a 1 2 -9 j 2 -q v 2 3 1 2 6 1 2 3 1h 2 -1 5 2 -1 3 2 -1 o 5 -1 t 2 -5 3 2 -1 \
        3 2 -2 2 2 -1 n 2 -6qr 2 2 -1 b 2 -w 1 2 -6r6 1 2 -6r5 1 4 -c 4 4 -2 4 4 -2 8 4 -6 4 4 -2 4 4 -2 10 2 -a 1 4 -5 2 2 -4 1d 4 \
        -2s 2 4 -29 8 8 -1k 1r 4 2jj b1 1g q 17q 2 1 84 2o 1c 2o 2 1 2 2 -8af 1 2 -2xy 1 2 -89z 3 7 1 6 2 -8bg 1 2 -8al 1 2 -8bj 1 2 \
        -8bi 2 2 1 3 2 1 9 4 -8cf 2 2t 1 2z 5 1 7 2 1 nu p -1 p 7 -1 b 2 -1 1 2 -2 2 2 -1 1 2 -2 2 2 -1 1 2 -2 2 2 -1 1 2 -2 2 2 -1 1 \
        2 -2 n 2 -26 a 2 -1 e p -1 p 7 -1 b 2 -1 1 2 -2 2 2 -1 1 2 -2 2 2 -1 1 2 -2 2 2 -1 1 2 -2 2 2 -1 1 2 -2 n 2 -26 3 8 -8 7 2 -1 \
        n5u 1b 1 1s t 1 4i f 1 g 1r 1 1z 5 1 4 2 -r9g 1 b 1 d 2 1 2 2 -wmg 3 5 1 6 l 1 k 2 -wn8 1 2 -wnj 1 2 -wnf 1 2 -wn5 1 2 -wn8 2 \
        2 -wlu 1 2 -wmi 1 2 -wlx 1 2 ps 1 h 1 g 2 -1c 1 2 -wn7 1 2 -raw 1 5 1 4 2 -wo7 1 h 1 g 2 -wu9 p 2 1 gfc 2 -1cg4 2 2 -1cfh b 2 \
        -1cg1 1 2 -1cg2 1 2 -1cg3 1 2 -1cg4 1 2 -1cgu 1 2 -1cgv 1 e -1cgw 8 a -1cgw 6 5 -1cgw 3 5 -1cgw 3 5 -1cgw 3 8 -1cgw 4 2 -1chi \
        1 2 -1chn 1 2 -1che 1 2 -1ch6 r7 1g w yn 28 14 4w 20 14 5c m 13 c u 13 g e 13 8 4 13 1d8 2u 1s 5s 18 w ne 5 -1 h 2 -6 sw 2 -2 \
        rp 1s w gww 1s w 2o 1e r o68 1w y
        """

    /// Characters that become several.
    static let decomposed = """
        1xn 2 1xj 1xa 1xo 2 1xj 1xz 28b 2 287 27y 28c 2 287 28n 2ac 2 2aa 2c7 2bu 2 2bq 2bi 2bv 2 2br 2bi 2bw 2 2bq 2c7 2iz 2 2iq 2j9 \
        2mi 2 2me 2m6 2mj 2 2mf 2m6 2mk 2 2me 2mv 2qk 2 2qh 2q7 2ql 2 2qh 2q7 2qm 2 2qh 2qn 5c6 2 5c5 5dh 5c8 2 5c7 5dh 5ca 2 5c9 5dh \
        5cc 2 5cb 5dh 5ce 2 5cd 5dh 5ci 2 5ch 5dh 5ds 2 5dq 5dh 5dt 2 5dr 5dh 1idn 2 1idj 1ida 1ido 2 1idj 1idz 1inw 2 1int 1ink 1iny \
        2 1int 1inx 1iuy 2 1iuw 1iun 1iuz 2 1iux 1iun 2jxa 2 2jx3 2jxh 2jxb 2 2jx4 2jxh 2jxc 3 2jx4 2jxh 2jxq 2jxd 3 2jx4 2jxh 2jxr \
        2jxe 3 2jx4 2jxh 2jxs 2jxf 3 2jx4 2jxh 2jxt 2jxg 3 2jx4 2jxh 2jxu 2jzv 2 2jzt 2jxh 2jzw 2 2jzu 2jxh 2jzx 3 2jzt 2jxh 2jxq 2jzy \
        3 2jzu 2jxh 2jxq 2jzz 3 2jzt 2jxh 2jxr 2k00 3 2jzu 2jxh 2jxr
        """

    /// Characters, as they have become, that are words of their own.
    static let punctuation = """
        x f a 7 q 6 q 4 y 1 5 1 3 1 a 2 3 1 3 1 wq 6 15 2 1f 1 1 1 2 1 2 1 18 2 k 2 1 2 d 1 2 2 22 4 2u 1 17 e 6h 3 1i f v 1 79 2 a 1 \
        an 1 lf 1 2i 1 a 2 4o f 1 1 11 4 1z 1 22 5 4 2 33 6 4r 1 h0 9 47 1 h8 2 18 2 26 3 1z 2 4d 3 1 3 11 b 8p 2 60 2 3k 7 1 6 4s 7 \
        4b 4 1n 5 1q 2 1s 8 b 1 n0 o 8 k 1 d 1 c u 2 e 2 hl 4 v0 e 27 2 v a b7 m 1r 4 w 2 l7 4 1 2 34 1 3z 1b 1 j ce 3 4 a 2 c g 1 c 1 \
        2q 1 2i 1 mwy 2 7h 3 2r 1 a 1 37 6 ak 4 2e 2 14 3 1 1 1d 2 1b 1 2p d g 2 3g 4 3i 2 g 2 6x 1 g2a 2 5s a m z 1 e 1 1 4 1 1 2 45 \
        3 1 6 1 4 a 2 3 2 q 3 1 1 r 1 1 1 1 7 be 3 ik 1 1c 1 bi 1 kn 1 5j 1 v 1 7k 9 12 1 34 7 1u 7 2h 4 x6 7 31 2 1 4 3i 4 1c 2 27 5 \
        3 1 d 1 1 3 2g 6 2z 1 f0 1 6y n 2x 3 6w 3 2lt 5 dtl 2 3p 1 1t 5 8 1 g2i 1 5wn 5
        """
}
