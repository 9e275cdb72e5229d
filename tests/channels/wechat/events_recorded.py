"""Every event that wechatpy or the official documents list, decrypted, and a few that neither knows."""

SILENT = {
    "LOCATION": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350701</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[LOCATION]]></Event>
<Latitude>23.137466</Latitude>
<Longitude>113.352425</Longitude>
<Precision>119.385040</Precision>
</xml>""",
    "VIEW": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350702</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[VIEW]]></Event>
<EventKey><![CDATA[https://example.org/polls/nanyue-stories]]></EventKey>
<MenuId>425931267</MenuId>
</xml>""",
    "view_miniprogram": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350703</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[view_miniprogram]]></Event>
<EventKey><![CDATA[pages/index/index]]></EventKey>
<MenuId>455100515</MenuId>
</xml>""",
    "scancode_push": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350704</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[scancode_push]]></Event>
<EventKey><![CDATA[6]]></EventKey>
<ScanCodeInfo><ScanType><![CDATA[qrcode]]></ScanType>
<ScanResult><![CDATA[1]]></ScanResult>
</ScanCodeInfo>
</xml>""",
    "scancode_waitmsg": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350705</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[scancode_waitmsg]]></Event>
<EventKey><![CDATA[6]]></EventKey>
<ScanCodeInfo><ScanType><![CDATA[qrcode]]></ScanType>
<ScanResult><![CDATA[2]]></ScanResult>
</ScanCodeInfo>
</xml>""",
    "pic_sysphoto": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350706</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[pic_sysphoto]]></Event>
<EventKey><![CDATA[6]]></EventKey>
<SendPicsInfo><Count>1</Count>
<PicList><item><PicMd5Sum><![CDATA[1b5f7c23b5bf75682a53e7b6d163e185]]></PicMd5Sum>
</item>
</PicList>
</SendPicsInfo>
</xml>""",
    "pic_photo_or_album": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350707</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[pic_photo_or_album]]></Event>
<EventKey><![CDATA[6]]></EventKey>
<SendPicsInfo><Count>1</Count>
<PicList><item><PicMd5Sum><![CDATA[5a75aaca956d97be686719218f275c6b]]></PicMd5Sum>
</item>
</PicList>
</SendPicsInfo>
</xml>""",
    "pic_weixin": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350708</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[pic_weixin]]></Event>
<EventKey><![CDATA[6]]></EventKey>
<SendPicsInfo><Count>0</Count>
<PicList></PicList>
</SendPicsInfo>
</xml>""",
    "location_select": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350709</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[location_select]]></Event>
<EventKey><![CDATA[6]]></EventKey>
<SendLocationInfo><Location_X><![CDATA[23]]></Location_X>
<Location_Y><![CDATA[113]]></Location_Y>
<Scale><![CDATA[15]]></Scale>
<Label><![CDATA[广州市海珠区客村艺苑路 106号]]></Label>
<Poiname><![CDATA[]]></Poiname>
</SendLocationInfo>
</xml>""",
    "MASSSENDJOBFINISH": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350710</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[MASSSENDJOBFINISH]]></Event>
<MsgID>1000001625</MsgID>
<Status><![CDATA[err(30003)]]></Status>
<TotalCount>0</TotalCount>
<FilterCount>0</FilterCount>
<SentCount>0</SentCount>
<ErrorCount>0</ErrorCount>
<CopyrightCheckResult><Count>2</Count>
<ResultList><item><ArticleIdx>1</ArticleIdx>
<UserDeclareState>0</UserDeclareState>
<AuditState>2</AuditState>
<OriginalArticleUrl><![CDATA[Url_1]]></OriginalArticleUrl>
<OriginalArticleType>1</OriginalArticleType>
<CanReprint>1</CanReprint>
<NeedReplaceContent>1</NeedReplaceContent>
<NeedShowReprintSource>1</NeedShowReprintSource>
</item>
</ResultList>
<CheckState>2</CheckState>
</CopyrightCheckResult>
<ArticleUrlResult><Count>1</Count>
<ResultList><item><ArticleIdx>1</ArticleIdx>
<ArticleUrl><![CDATA[Url]]></ArticleUrl>
</item>
</ResultList>
</ArticleUrlResult>
</xml>""",
    "TEMPLATESENDJOBFINISH": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350711</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[TEMPLATESENDJOBFINISH]]></Event>
<MsgID>200163836</MsgID>
<Status><![CDATA[failed:user block]]></Status>
</xml>""",
    "PUBLISHJOBFINISH": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350712</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[PUBLISHJOBFINISH]]></Event>
<PublishEventInfo><publish_id>2247503051</publish_id>
<publish_status>0</publish_status>
<article_id><![CDATA[b5O2OUs25HBxRceL7hfReg-U9QGeq9zQjiDvyWP4Hq4]]></article_id>
<article_detail><count>1</count>
<item><idx>1</idx>
<article_url><![CDATA[ARTICLE_URL]]></article_url>
</item>
</article_detail>
</PublishEventInfo>
</xml>""",
    "subscribe_msg_popup_event": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350713</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[subscribe_msg_popup_event]]></Event>
<SubscribeMsgPopupEvent><List><TemplateId><![CDATA[VRR0UEO9VJOLs0MHlU0OilqX6MVFDwH3_3gz3Oc0NIc]]></TemplateId>
<SubscribeStatusString><![CDATA[accept]]></SubscribeStatusString>
<PopupScene>2</PopupScene>
</List>
</SubscribeMsgPopupEvent>
</xml>""",
    "subscribe_msg_change_event": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350714</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[subscribe_msg_change_event]]></Event>
<SubscribeMsgChangeEvent><List><TemplateId><![CDATA[VRR0UEO9VJOLs0MHlU0OilqX6MVFDwH3_3gz3Oc0NIc]]></TemplateId>
<SubscribeStatusString><![CDATA[reject]]></SubscribeStatusString>
</List>
</SubscribeMsgChangeEvent>
</xml>""",
    "subscribe_msg_sent_event": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350715</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[subscribe_msg_sent_event]]></Event>
<SubscribeMsgSentEvent><List><TemplateId><![CDATA[VRR0UEO9VJOLs0MHlU0OilqX6MVFDwH3_3gz3Oc0NIc]]></TemplateId>
<MsgID>1700827132819554304</MsgID>
<ErrorCode>43101</ErrorCode>
<ErrorStatus><![CDATA[user refuse]]></ErrorStatus>
</List>
</SubscribeMsgSentEvent>
</xml>""",
    "kf_create_session": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350716</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[kf_create_session]]></Event>
<KfAccount><![CDATA[test1@test]]></KfAccount>
</xml>""",
    "kf_close_session": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350717</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[kf_close_session]]></Event>
<KfAccount><![CDATA[test1@test]]></KfAccount>
<CloseType><![CDATA[KF]]></CloseType>
</xml>""",
    "kf_switch_session": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350718</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[kf_switch_session]]></Event>
<FromKfAccount><![CDATA[test1@test]]></FromKfAccount>
<ToKfAccount><![CDATA[test2@test]]></ToKfAccount>
</xml>""",
    "card_pass_check": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350719</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[card_pass_check]]></Event>
<CardId><![CDATA[pMbvFjhHtCVDb7OwWi6ZsYyzyZQ4]]></CardId>
<RefuseReason><![CDATA[]]></RefuseReason>
</xml>""",
    "card_not_pass_check": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350720</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[card_not_pass_check]]></Event>
<CardId><![CDATA[pMbvFjhHtCVDb7OwWi6ZsYyzyZQ4]]></CardId>
<RefuseReason><![CDATA[非法代制]]></RefuseReason>
</xml>""",
    "user_get_card": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350721</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[user_get_card]]></Event>
<CardId><![CDATA[pjZ8Yt1XGILfi-FUsewpnnolGgZk]]></CardId>
<IsGiveByFriend>1</IsGiveByFriend>
<UserCardCode><![CDATA[226009850808]]></UserCardCode>
<FriendUserName><![CDATA[oZ8YEuBmI6wC]]></FriendUserName>
<OuterId>0</OuterId>
<OldUserCardCode><![CDATA[]]></OldUserCardCode>
<OuterStr><![CDATA[12b]]></OuterStr>
<IsRestoreMemberCard>0</IsRestoreMemberCard>
<IsRecommendByFriend>0</IsRecommendByFriend>
</xml>""",
    "user_gifting_card": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350722</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[user_gifting_card]]></Event>
<CardId><![CDATA[pjZ8Yt3-YbsLVwuF5VyKa6W4cqMs]]></CardId>
<UserCardCode><![CDATA[12312]]></UserCardCode>
<IsReturnBack>0</IsReturnBack>
<FriendUserName><![CDATA[oZ8YEuBmI6wC]]></FriendUserName>
<IsChatRoom>0</IsChatRoom>
</xml>""",
    "user_del_card": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350723</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[user_del_card]]></Event>
<CardId><![CDATA[pjZ8Yt1XGILfi]]></CardId>
<UserCardCode><![CDATA[12312312]]></UserCardCode>
</xml>""",
    "user_consume_card": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350724</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[user_consume_card]]></Event>
<CardId><![CDATA[pjZ8Yt1XGILfi]]></CardId>
<UserCardCode><![CDATA[452235561136]]></UserCardCode>
<ConsumeSource><![CDATA[FROM_API]]></ConsumeSource>
<LocationName><![CDATA[]]></LocationName>
<StaffOpenId><![CDATA[oZ8YEuBmI6wC]]></StaffOpenId>
<VerifyCode><![CDATA[]]></VerifyCode>
<RemarkAmount><![CDATA[]]></RemarkAmount>
<OuterStr><![CDATA[xxxxx]]></OuterStr>
</xml>""",
    "user_pay_from_pay_cell": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350725</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[user_pay_from_pay_cell]]></Event>
<CardId><![CDATA[po2VNuCuRo-8sxxxxxxxxxxx]]></CardId>
<UserCardCode><![CDATA[38050000000]]></UserCardCode>
<TransId><![CDATA[10022403432015000000000]]></TransId>
<LocationId>291710000</LocationId>
<Fee><![CDATA[10000]]></Fee>
<OriginalFee><![CDATA[10000]]></OriginalFee>
</xml>""",
    "user_view_card": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350726</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[user_view_card]]></Event>
<CardId><![CDATA[pjZ8Yt1XGILfi]]></CardId>
<UserCardCode><![CDATA[12312312]]></UserCardCode>
<OuterStr><![CDATA[12b]]></OuterStr>
</xml>""",
    "user_enter_session_from_card": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350727</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[user_enter_session_from_card]]></Event>
<CardId><![CDATA[pjZ8Yt1XGILfi]]></CardId>
<UserCardCode><![CDATA[12312312]]></UserCardCode>
</xml>""",
    "update_member_card": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350728</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[update_member_card]]></Event>
<CardId><![CDATA[pjZ8Yt1XGILfi]]></CardId>
<UserCardCode><![CDATA[12312312]]></UserCardCode>
<ModifyBonus>3</ModifyBonus>
<ModifyBalance>0</ModifyBalance>
</xml>""",
    "card_sku_remind": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350729</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[card_sku_remind]]></Event>
<CardId><![CDATA[pjZ8Yt1XGILfi]]></CardId>
<Detail><![CDATA[the card's quantity is equal to 0]]></Detail>
</xml>""",
    "card_pay_order": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350730</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[card_pay_order]]></Event>
<OrderId><![CDATA[404091456]]></OrderId>
<Status><![CDATA[ORDER_STATUS_FINANCE_SUCC]]></Status>
<CreateOrderTime>1472113026</CreateOrderTime>
<PayFinishTime>0</PayFinishTime>
<Desc><![CDATA[]]></Desc>
<FreeCoinCount><![CDATA[200]]></FreeCoinCount>
<PayCoinCount><![CDATA[0]]></PayCoinCount>
<RefundFreeCoinCount><![CDATA[0]]></RefundFreeCoinCount>
<RefundPayCoinCount><![CDATA[0]]></RefundPayCoinCount>
<OrderType><![CDATA[ORDER_TYPE_SYS_ADD]]></OrderType>
<Memo><![CDATA[开通账户奖励]]></Memo>
<ReceiptInfo><![CDATA[]]></ReceiptInfo>
</xml>""",
    "submit_membercard_user_info": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350731</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[submit_membercard_user_info]]></Event>
<CardId><![CDATA[pjZ8Yt1XGILfi]]></CardId>
<UserCardCode><![CDATA[12312312]]></UserCardCode>
</xml>""",
    "card_merchant_check_result": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350732</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[card_merchant_check_result]]></Event>
<MerchantId>12345</MerchantId>
<IsPass>1</IsPass>
<Reason><![CDATA[]]></Reason>
</xml>""",
    "merchant_order": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350733</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[merchant_order]]></Event>
<OrderId><![CDATA[test_order_id]]></OrderId>
<OrderStatus>2</OrderStatus>
<ProductId><![CDATA[test_product_id]]></ProductId>
<SkuInfo><![CDATA[10001:1000012;10002:100021]]></SkuInfo>
</xml>""",
    "poi_check_notify": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350734</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[poi_check_notify]]></Event>
<UniqId><![CDATA[123adb]]></UniqId>
<PoiId><![CDATA[123123]]></PoiId>
<Result><![CDATA[fail]]></Result>
<Msg><![CDATA[xxxxxx]]></Msg>
</xml>""",
    "WifiConnected": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350735</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[WifiConnected]]></Event>
<ConnectTime>0</ConnectTime>
<ExpireTime>0</ExpireTime>
<VendorId><![CDATA[3001224419]]></VendorId>
<ShopId><![CDATA[123123]]></ShopId>
<DeviceNo><![CDATA[DeviceNo]]></DeviceNo>
</xml>""",
    "ShakearoundUserShake": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350736</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[ShakearoundUserShake]]></Event>
<ChosenBeacon><Uuid><![CDATA[FDA50693-A4E2-4FB1-AFCF-C6EB07647825]]></Uuid>
<Major>10001</Major>
<Minor>10002</Minor>
<Distance>0.057</Distance>
</ChosenBeacon>
<AroundBeacons><AroundBeacon><Uuid><![CDATA[FDA50693-A4E2-4FB1-AFCF-C6EB07647825]]></Uuid>
<Major>12345</Major>
<Minor>54321</Minor>
<Distance>166.816</Distance>
</AroundBeacon>
</AroundBeacons>
</xml>""",
    "ShakearoundLotteryBind": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350737</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[ShakearoundLotteryBind]]></Event>
<LotteryId><![CDATA[lotteryid]]></LotteryId>
<Ticket><![CDATA[ticket]]></Ticket>
<Money>88</Money>
<BindTime>1428548888</BindTime>
</xml>""",
    "qualification_verify_success": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350738</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[qualification_verify_success]]></Event>
<ExpiredTime>1442401156</ExpiredTime>
</xml>""",
    "qualification_verify_fail": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350739</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[qualification_verify_fail]]></Event>
<FailTime>1442401122</FailTime>
<FailReason><![CDATA[by time]]></FailReason>
</xml>""",
    "naming_verify_success": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350740</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[naming_verify_success]]></Event>
<ExpiredTime>1442401093</ExpiredTime>
</xml>""",
    "naming_verify_fail": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350741</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[naming_verify_fail]]></Event>
<FailTime>1442401061</FailTime>
<FailReason><![CDATA[by time]]></FailReason>
</xml>""",
    "annual_renew": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350742</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[annual_renew]]></Event>
<ExpiredTime>1442401004</ExpiredTime>
</xml>""",
    "verify_expired": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350743</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[verify_expired]]></Event>
<ExpiredTime>1442400900</ExpiredTime>
</xml>""",
    "user_scan_product": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350744</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[user_scan_product]]></Event>
<KeyStandard><![CDATA[ean13]]></KeyStandard>
<KeyStr><![CDATA[6901481811083]]></KeyStr>
<Country><![CDATA[中国]]></Country>
<Province><![CDATA[广东]]></Province>
<City><![CDATA[揭阳]]></City>
<Sex>1</Sex>
<Scene>2</Scene>
<RegionCode><![CDATA[440105]]></RegionCode>
<ExtInfo><![CDATA[123]]></ExtInfo>
</xml>""",
    "user_scan_product_enter_session": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350745</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[user_scan_product_enter_session]]></Event>
<KeyStandard><![CDATA[ean13]]></KeyStandard>
<KeyStr><![CDATA[6901481811083]]></KeyStr>
<ExtInfo><![CDATA[123]]></ExtInfo>
</xml>""",
    "user_scan_product_async": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350746</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[user_scan_product_async]]></Event>
<KeyStandard><![CDATA[ean13]]></KeyStandard>
<KeyStr><![CDATA[6901481811083]]></KeyStr>
<ExtInfo><![CDATA[123]]></ExtInfo>
<RegionCode><![CDATA[440105]]></RegionCode>
</xml>""",
    "user_scan_product_verify_action": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350747</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[user_scan_product_verify_action]]></Event>
<KeyStandard><![CDATA[ean13]]></KeyStandard>
<KeyStr><![CDATA[6901481811083]]></KeyStr>
<Result><![CDATA[verify_ok]]></Result>
<ReasonMsg><![CDATA[]]></ReasonMsg>
</xml>""",
    "user_authorize_invoice": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350748</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[user_authorize_invoice]]></Event>
<SuccOrderId><![CDATA[1202933957956]]></SuccOrderId>
<FailOrderId><![CDATA[]]></FailOrderId>
<AuthorizeAppId><![CDATA[wx1234567890123456]]></AuthorizeAppId>
<Source><![CDATA[web]]></Source>
</xml>""",
    "update_invoice_status": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350749</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[update_invoice_status]]></Event>
<Status><![CDATA[INVOICE_REIMBURSE_INIT]]></Status>
<CardId><![CDATA[*pjZ8Yt7Um2jYxzneP8GomnxoVFWo]]></CardId>
<Code><![CDATA[186921658591]]></Code>
</xml>""",
    "submit_invoice_title": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350750</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[submit_invoice_title]]></Event>
<title><![CDATA[购货单位]]></title>
<phone><![CDATA[电话]]></phone>
<tax_no><![CDATA[税号]]></tax_no>
<addr><![CDATA[地址]]></addr>
<bank_type><![CDATA[开户类型]]></bank_type>
<bank_no><![CDATA[银行账号]]></bank_no>
<attach><![CDATA[携带的信息]]></attach>
<title_type><![CDATA[InvoiceUserTitleBusinessType]]></title_type>
</xml>""",
    "cloud_invoice_invoiceresult_event": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350751</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[cloud_invoice_invoiceresult_event]]></Event>
<fpqqlsh><![CDATA[20160420_test]]></fpqqlsh>
<status>1</status>
</xml>""",
    "user_enter_tempsession": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350752</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[user_enter_tempsession]]></Event>
<SessionFrom><![CDATA[sessionFrom]]></SessionFrom>
</xml>""",
    "wxa_media_check": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350753</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[wxa_media_check]]></Event>
<isrisky>0</isrisky>
<extra_info_json><![CDATA[]]></extra_info_json>
<appid><![CDATA[wx8f16a5be77871234]]></appid>
<trace_id><![CDATA[967e945cd8a3e458f3c74dcb886068e9]]></trace_id>
<status_code>0</status_code>
</xml>""",
    "user_info_modified": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350754</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[user_info_modified]]></Event>
<OpenID><![CDATA[oDF3iY1nqaOYYWl0Ng484G2z5NIwU]]></OpenID>
<AppID><![CDATA[wx5823bf96d3bd56c7]]></AppID>
</xml>""",
    "user_authorization_revoke": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350755</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[user_authorization_revoke]]></Event>
<OpenID><![CDATA[oDF3iY1nqaOYYWl0Ng484G2z5NIwU]]></OpenID>
<AppID><![CDATA[wx5823bf96d3bd56c7]]></AppID>
<RevokeInfo><![CDATA[1]]></RevokeInfo>
</xml>""",
    "guide_qrcode_scan_event": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350756</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[guide_qrcode_scan_event]]></Event>
<GuideScanEvent><qrcode_guide_account><![CDATA[guide_account]]></qrcode_guide_account>
<openid><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></openid>
<action>1</action>
<qrcode_info><![CDATA[info]]></qrcode_info>
</GuideScanEvent>
</xml>""",
    "guide_invite_result_event": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350757</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[guide_invite_result_event]]></Event>
<GuideInviteEvent><guide_account><![CDATA[guide_account]]></guide_account>
<invite_result>3</invite_result>
</GuideInviteEvent>
</xml>""",
    "weapp_audit_success": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350758</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[weapp_audit_success]]></Event>
<SuccTime>1488856741</SuccTime>
</xml>""",
    "weapp_audit_fail": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350759</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[weapp_audit_fail]]></Event>
<Reason><![CDATA[1:账号信息不符合规范]]></Reason>
<FailTime>1488856591</FailTime>
</xml>""",
    "wxa_nickname_audit": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350760</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[wxa_nickname_audit]]></Event>
<ret>3</ret>
<nickname><![CDATA[昵称]]></nickname>
<reason><![CDATA[驳回原因]]></reason>
</xml>""",
    "wxa_illegal_record": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350761</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[wxa_illegal_record]]></Event>
<illegal_record_id><![CDATA[Xa1sF3]]></illegal_record_id>
<create_time><![CDATA[1488856591]]></create_time>
</xml>""",
    "add_store_audit_info": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350762</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[add_store_audit_info]]></Event>
<audit_id>1111</audit_id>
<status>3</status>
<reason><![CDATA[xxx]]></reason>
<is_upgrade>3</is_upgrade>
<poiid><![CDATA[12344]]></poiid>
</xml>""",
    "open_product_order_pay": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350763</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[open_product_order_pay]]></Event>
<order_info><out_order_id>123456</out_order_id>
<order_id>1234567</order_id>
<transaction_id>42000000123123</transaction_id>
<pay_time>2021-12-30 22:31:00</pay_time>
</order_info>
</xml>""",
    "trade_manage_remind_access_api": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350764</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[trade_manage_remind_access_api]]></Event>
<msg><![CDATA[请尽快接入]]></msg>
</xml>""",
    "trade_manage_order_settlement": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350765</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[trade_manage_order_settlement]]></Event>
<transaction_id><![CDATA[42000020212023112332159214xx]]></transaction_id>
<merchant_id><![CDATA[1900000109]]></merchant_id>
<estimated_settlement_time>1661239322</estimated_settlement_time>
<pay_time>1661239322</pay_time>
</xml>""",
    "funds_order_pay": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350766</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[funds_order_pay]]></Event>
<order_info><trade_no>123456</trade_no>
<openid>oDF3iY9P32sK_5GgYiRkjsCo45bk</openid>
</order_info>
</xml>""",
    "retail_pay_notify": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350767</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[retail_pay_notify]]></Event>
<order_info><amount>100</amount>
</order_info>
</xml>""",
    "wx_verify_pay_succ": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350768</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[wx_verify_pay_succ]]></Event>
<taskid>123</taskid>
</xml>""",
    "debug_demo": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350769</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[debug_demo]]></Event>
<debug_str><![CDATA[test]]></debug_str>
</xml>""",
    "something_new_of_2027": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350770</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[something_new_of_2027]]></Event>
<EventKey><![CDATA[今日一招]]></EventKey>
</xml>""",
    "device_text": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350771</CreateTime>
<MsgType><![CDATA[device_text]]></MsgType>
<DeviceType><![CDATA[gh_7f083739789a]]></DeviceType>
<DeviceID><![CDATA[1234]]></DeviceID>
<SessionID>9394</SessionID>
<Content><![CDATA[c29tZSB0ZXh0]]></Content>
<MsgId>8453678127</MsgId>
</xml>""",
    "device_bind": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350772</CreateTime>
<MsgType><![CDATA[device_event]]></MsgType>
<Event><![CDATA[bind]]></Event>
<DeviceType><![CDATA[gh_7f083739789a]]></DeviceType>
<DeviceID><![CDATA[1234]]></DeviceID>
<Content><![CDATA[c29t]]></Content>
<SessionID>9394</SessionID>
</xml>""",
    "device_unbind": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350773</CreateTime>
<MsgType><![CDATA[device_event]]></MsgType>
<Event><![CDATA[unbind]]></Event>
<DeviceType><![CDATA[gh_7f083739789a]]></DeviceType>
<DeviceID><![CDATA[1234]]></DeviceID>
<Content><![CDATA[c29t]]></Content>
<SessionID>9394</SessionID>
</xml>""",
    "device_subscribe_status": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350774</CreateTime>
<MsgType><![CDATA[device_event]]></MsgType>
<Event><![CDATA[subscribe_status]]></Event>
<DeviceType><![CDATA[gh_7f083739789a]]></DeviceType>
<DeviceID><![CDATA[1234]]></DeviceID>
<OpType>0</OpType>
</xml>""",
    "device_unsubscribe_status": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350775</CreateTime>
<MsgType><![CDATA[device_event]]></MsgType>
<Event><![CDATA[unsubscribe_status]]></Event>
<DeviceType><![CDATA[gh_7f083739789a]]></DeviceType>
<DeviceID><![CDATA[1234]]></DeviceID>
<OpType>0</OpType>
</xml>""",
    "a kind of 2027": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350776</CreateTime>
<MsgType><![CDATA[hologram]]></MsgType>
<Content><![CDATA[今日一招]]></Content>
<MsgId>8453678128</MsgId>
</xml>""",
    "a card of a mini program": """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350777</CreateTime>
<MsgType><![CDATA[miniprogrampage]]></MsgType>
<Title><![CDATA[标题]]></Title>
<AppId><![CDATA[wx1234567890123456]]></AppId>
<PagePath><![CDATA[pages/index]]></PagePath>
<ThumbUrl><![CDATA[https://example.org/1.jpg]]></ThumbUrl>
<MsgId>8453678129</MsgId>
</xml>""",
}

# Each with what its answer says; empty where something is done and nothing said.
ACTING = {
    "subscribe": (
        ("谢谢关注", "问活动"),
        """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350778</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[subscribe]]></Event>
<EventKey><![CDATA[]]></EventKey>
</xml>""",
    ),
    "unsubscribe": (
        (),
        """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350779</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[unsubscribe]]></Event>
<EventKey><![CDATA[]]></EventKey>
</xml>""",
    ),
    "subscribe again": (
        ("欢迎回来", "问活动"),
        """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350780</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[subscribe]]></Event>
<EventKey><![CDATA[]]></EventKey>
</xml>""",
    ),
    "subscribe with a tip": (
        ("欢迎回来", "{tip}"),
        """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350781</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[subscribe]]></Event>
<EventKey><![CDATA[qrscene_tip_{tip_id}]]></EventKey>
<Ticket><![CDATA[gQFi8TwAAAAAAAAAAS5odHRw]]></Ticket>
</xml>""",
    ),
    "subscribe with a number": (
        ("欢迎回来", "问活动"),
        """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350782</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[subscribe]]></Event>
<EventKey><![CDATA[qrscene_123123]]></EventKey>
<Ticket><![CDATA[gQFi8TwAAAAAAAAAAS5odHRw]]></Ticket>
</xml>""",
    ),
    "subscribe after a payment": (
        ("欢迎回来", "问活动"),
        """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350783</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[subscribe]]></Event>
<EventKey><![CDATA[last_trade_no_4200000012345]]></EventKey>
</xml>""",
    ),
    "subscribe by a barcode": (
        ("欢迎回来", "问活动"),
        """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350784</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[subscribe]]></Event>
<EventKey><![CDATA[scanbarcode|ean13|6901234567892|]]></EventKey>
</xml>""",
    ),
    "subscribe_scan_product": (
        ("欢迎回来", "问活动"),
        """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350785</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[subscribe_scan_product]]></Event>
<EventKey><![CDATA[scanimage|1|2]]></EventKey>
</xml>""",
    ),
    "scan of a story": (
        ("没有公开",),
        """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350786</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[SCAN]]></Event>
<EventKey><![CDATA[story_12]]></EventKey>
<Ticket><![CDATA[gQFi8TwAAAAAAAAAAS5odHRw]]></Ticket>
</xml>""",
    ),
    "scan of a poll": (
        ("演示投票",),
        """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350787</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[SCAN]]></Event>
<EventKey><![CDATA[poll_nanyue-stories]]></EventKey>
<Ticket><![CDATA[gQFi8TwAAAAAAAAAAS5odHRw]]></Ticket>
</xml>""",
    ),
    "scan of a time": (
        ("每天早上 7:30", "【1】好的"),
        """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350788</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[SCAN]]></Event>
<EventKey><![CDATA[sub_0730]]></EventKey>
<Ticket><![CDATA[gQFi8TwAAAAAAAAAAS5odHRw]]></Ticket>
</xml>""",
    ),
    "scan of no time": (
        ("每天几点",),
        """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350789</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[SCAN]]></Event>
<EventKey><![CDATA[sub_9930]]></EventKey>
<Ticket><![CDATA[gQFi8TwAAAAAAAAAAS5odHRw]]></Ticket>
</xml>""",
    ),
    "scan of a number": (
        ("问活动",),
        """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350790</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[SCAN]]></Event>
<EventKey><![CDATA[4294967295]]></EventKey>
<Ticket><![CDATA[gQFi8TwAAAAAAAAAAS5odHRw]]></Ticket>
</xml>""",
    ),
    "scan of another's code": (
        ("问活动",),
        """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350791</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[SCAN]]></Event>
<EventKey><![CDATA[投票 3；/forget yes]]></EventKey>
<Ticket><![CDATA[gQFi8TwAAAAAAAAAAS5odHRw]]></Ticket>
</xml>""",
    ),
    "click on a command": (
        ("今日一招：",),
        """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350792</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[CLICK]]></Event>
<EventKey><![CDATA[/tip]]></EventKey>
</xml>""",
    ),
    "click on words": (
        ("演示投票",),
        """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350793</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[CLICK]]></Event>
<EventKey><![CDATA[好网民投票]]></EventKey>
</xml>""",
    ),
    "click on an old key": (
        ("不认识这个命令",),
        """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350794</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[CLICK]]></Event>
<EventKey><![CDATA[/gone_in_2025]]></EventKey>
</xml>""",
    ),
    "click on what only the platform says": (
        ("不认识这个命令",),
        """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350795</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[CLICK]]></Event>
<EventKey><![CDATA[/left]]></EventKey>
</xml>""",
    ),
    "user_authorization_cancellation": (
        (),
        """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350796</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[user_authorization_cancellation]]></Event>
<OpenID><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></OpenID>
<AppID><![CDATA[wx5823bf96d3bd56c7]]></AppID>
</xml>""",
    ),
    "subscribe after all was deleted": (
        ("谢谢关注",),
        """<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
<FromUserName><![CDATA[oDF3iY9P32sK_5GgYiRkjsCo45bk]]></FromUserName>
<CreateTime>1795350797</CreateTime>
<MsgType><![CDATA[event]]></MsgType>
<Event><![CDATA[subscribe]]></Event>
<EventKey><![CDATA[]]></EventKey>
</xml>""",
    ),
}
